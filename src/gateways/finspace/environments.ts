import { TAGS } from '../../domain/attributes.ts'
import type { Environment } from '../../domain/environment.ts'
import type { AwsAsk, AwsOperation } from '../aws/service.ts'
import { toEpochSeconds } from '../aws/values.ts'
import { KIND, notFound } from './errors.ts'
import { ATTRIBUTES, operation, pageOf, repeatable, unlessMissing } from './operation.ts'
import { SHAPE } from './shapes.ts'
import { fromEnvironmentId, toEnvironmentId } from './translate.ts'

const LIST = '/kx/environments'
const ONE = '/kx/environments/:environmentId'

export const environmentOperations: readonly AwsOperation[] = [
  operation(
    { name: 'CreateKxEnvironment', method: 'POST', path: LIST, faults: { limit_exceeded: KIND.quota } },
    SHAPE.createEnvironment,
    async (ask, input) => {
      const { name, description, kmsKeyId, tags } = input
      const made = await ask.control.environments.create(repeatable(ask, 'CreateKxEnvironment', input), {
        name,
        ...(description !== undefined && { description }),
        attributes: { [ATTRIBUTES]: { kmsKeyId }, ...(tags && { [TAGS]: tags }) },
      })
      return {
        name,
        status: 'CREATE_REQUESTED',
        environmentId: toEnvironmentId(made.id),
        description,
        environmentArn: arnOf(ask, made),
        kmsKeyId,
        creationTimestamp: toEpochSeconds(made.createdAt),
      }
    },
  ),
  operation(
    { name: 'ListKxEnvironments', method: 'GET', path: LIST },
    SHAPE.environments,
    async (ask, input) => {
      const { items, nextCursor } = await ask.control.environments.list(ask.caller, {}, pageOf(input))
      return {
        environments: items.filter(isOurs).map((each) => present(ask, each)),
        nextToken: nextCursor ?? undefined,
      }
    },
  ),
  operation({ name: 'GetKxEnvironment', method: 'GET', path: ONE }, SHAPE.environment, async (ask, input) =>
    present(ask, await requireEnvironment(ask, input.environmentId)),
  ),
  operation(
    { name: 'UpdateKxEnvironment', method: 'PUT', path: ONE },
    SHAPE.updateEnvironment,
    async (ask, input) => {
      const { name, description, environmentId } = input
      const caller = repeatable(ask, 'UpdateKxEnvironment', input)
      const found = await requireEnvironment(ask, environmentId)
      if (name === undefined && description === undefined) return present(ask, found)
      const changed = await ask.control.environments.update(caller, found.id, {
        ...(name !== undefined && { name }),
        ...(description !== undefined && { description }),
      })
      return present(ask, changed)
    },
  ),
  operation(
    { name: 'DeleteKxEnvironment', method: 'DELETE', path: ONE },
    SHAPE.deleteEnvironment,
    async (ask, input) => {
      const caller = repeatable(ask, 'DeleteKxEnvironment', input)
      if (await ask.control.recall(caller, 'environments.delete')) return {}
      const { id } = await requireEnvironment(ask, input.environmentId)
      await ask.control.environments.delete(caller, id)
      return {}
    },
  ),
]

/** The environment that clients call so. @throws AwsFault `ResourceNotFoundException` */
export async function requireEnvironment(ask: AwsAsk, environmentId: string): Promise<Environment> {
  const id = fromEnvironmentId(environmentId)
  const found = id && (await unlessMissing(ask.control.environments.get(ask.caller, id)))
  if (found && found.id === id && isOurs(found)) return found
  throw notFound(`Environment ${environmentId} does not exist`)
}

/** Whether it was made through this gateway: others lack what its clients expect. */
function isOurs({ attributes }: Environment): boolean {
  return attributes[ATTRIBUTES] !== undefined
}

function present(ask: AwsAsk, environment: Environment): object {
  return {
    name: environment.name,
    environmentId: toEnvironmentId(environment.id),
    awsAccountId: ask.accountId,
    // An environment is made and deleted in one step: nothing lasts long enough to be seen between.
    status: 'CREATED',
    tgwStatus: 'NONE',
    dnsStatus: 'NONE',
    description: environment.description ?? undefined,
    environmentArn: arnOf(ask, environment),
    kmsKeyId: environment.attributes[ATTRIBUTES]?.['kmsKeyId'],
    dedicatedServiceAccountId: ask.accountId,
    creationTimestamp: toEpochSeconds(environment.createdAt),
    updateTimestamp: toEpochSeconds(environment.updatedAt),
  }
}

function arnOf(ask: AwsAsk, { id }: Environment): string {
  return ask.arn(`kxEnvironment/${toEnvironmentId(id)}`)
}
