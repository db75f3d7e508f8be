import { TAGS, tagsOf } from '../../domain/attributes.ts'
import type { JsonObject } from '../../domain/ids.ts'
import { AwsFault } from '../aws/fault.ts'
import type { AwsAsk, AwsOperation } from '../aws/service.ts'
import { parseArn } from '../aws/values.ts'
import { requireKxCluster } from './cluster-view.ts'
import { requireEnvironment } from './environments.ts'
import { KIND, notFound } from './errors.ts'
import { operation } from './operation.ts'
import { SHAPE } from './shapes.ts'
import { toTagged } from './translate.ts'

const PATH = '/tags/:resourceArn'
const MOST_TAGS = 50

/** These declare another error for what is not valid than all other operations. */
const faults = { invalid_request: KIND.badRequest } as const

export const tagOperations: readonly AwsOperation[] = [
  operation(
    { name: 'TagResource', method: 'POST', path: PATH, faults },
    SHAPE.tag,
    async (ask, { resourceArn, tags }) => {
      const tagged = await requireTagged(ask, resourceArn)
      const count = Object.keys({ ...tagged.tags, ...tags }).length
      if (count > MOST_TAGS) {
        throw new AwsFault(
          KIND.badRequest,
          `A resource has at most ${MOST_TAGS} tags, and would have ${count}`,
        )
      }
      await tagged.change(tags)
      return {}
    },
    KIND.badRequest,
  ),
  operation(
    { name: 'UntagResource', method: 'DELETE', path: PATH, faults },
    SHAPE.untag,
    async (ask, { resourceArn, tagKeys }) => {
      const tagged = await requireTagged(ask, resourceArn)
      await tagged.change(Object.fromEntries(tagKeys.map((key) => [key, null])))
      return {}
    },
    KIND.badRequest,
  ),
  operation(
    { name: 'ListTagsForResource', method: 'GET', path: PATH, faults },
    SHAPE.tags,
    async (ask, { resourceArn }) => ({ tags: (await requireTagged(ask, resourceArn)).tags }),
    KIND.badRequest,
  ),
]

interface Tagged {
  readonly tags: Readonly<Record<string, string>>
  /** @param patch null takes a tag away */
  change(patch: JsonObject): Promise<unknown>
}

/** @throws AwsFault `ResourceNotFoundException` */
async function requireTagged(ask: AwsAsk, resourceArn: string): Promise<Tagged> {
  const arn = parseArn(resourceArn)
  const isHere = arn?.region === ask.region && arn.accountId === ask.accountId
  const named = isHere ? toTagged(arn.resource) : { kind: 'other' as const }
  if (named.kind === 'other') throw notFound(`Resource ${resourceArn} does not exist`)
  if (named.kind === 'environment') {
    const environment = await requireEnvironment(ask, named.environmentId)
    return {
      tags: tagsOf(environment),
      change: (patch) =>
        ask.control.environments.setAttributes(ask.caller, environment.id, { key: TAGS, patch }),
    }
  }
  const { cluster } = await requireKxCluster(ask, named)
  return {
    tags: tagsOf(cluster),
    change: (patch) => ask.control.clusters.setAttributes(ask.caller, cluster.id, { key: TAGS, patch }),
  }
}
