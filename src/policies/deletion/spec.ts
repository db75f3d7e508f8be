import { InvalidSpecError } from '../../domain/errors.ts'
import type { JsonObject } from '../../domain/ids.ts'
import { type Properties, parseProperties, type ValuesOf } from '../../domain/property.ts'
import type { DeletionHook } from '../policy.ts'

export const properties = {
  criteria: {
    type: 'String',
    description: 'Which nodes leave first, after those that do not serve.',
    default: 'RANDOM',
    allowed: ['OLDEST_FIRST', 'OLDEST_PROFILE_FIRST', 'YOUNGEST_FIRST', 'RANDOM'],
  },
  destroyAfterDeletion: {
    type: 'Boolean',
    description: 'Whether nodes that leave the cluster are destroyed; if not, they go on outside of it.',
    default: true,
  },
  gracePeriod: {
    type: 'Integer',
    description: 'Seconds that are waited before the first node is touched.',
    default: 0,
    min: 0,
  },
  reduceDesiredCapacity: {
    type: 'Boolean',
    description:
      'Whether the desired capacity shrinks with the cluster; if not, a later resize fills it up again.',
    default: true,
  },
  hooks: {
    type: 'Map',
    description: 'Who is told before a node leaves, and has to agree.',
    default: {},
    since: '1.1',
    properties: {
      type: {
        type: 'String',
        description: 'Whether a message is put into a queue or an address is called.',
        default: 'zaqar',
        allowed: ['zaqar', 'webhook'],
      },
      params: {
        type: 'Map',
        description: 'Where to.',
        default: {},
        properties: {
          queue: { type: 'String', description: 'Name of the queue, for zaqar.', default: '' },
          url: { type: 'String', description: 'The address, for webhook.', default: '' },
        },
      },
      timeout: {
        type: 'Integer',
        description: 'Seconds after which the node leaves without an answer.',
        default: 0,
        min: 0,
      },
    },
  },
} as const satisfies Properties

export interface DeletionSpec extends Omit<ValuesOf<typeof properties>, 'hooks'> {
  readonly hook: DeletionHook | null
}

/** @throws InvalidSpecError also for a hook that says not where to */
export function parse(version: string, given: JsonObject): DeletionSpec {
  const { hooks, ...spec } = parseProperties(properties, given, { version })
  const isWanted = Object.keys((given['hooks'] ?? {}) as JsonObject).length > 0
  return { ...spec, hook: isWanted ? toHook(hooks) : null }
}

function toHook({
  type,
  params,
  timeout: timeoutSeconds,
}: ValuesOf<typeof properties>['hooks']): DeletionHook {
  if (type === 'zaqar') {
    if (params.queue === '') throw new InvalidSpecError('properties.hooks.params.queue', 'is missing')
    return { type: 'queue', queue: params.queue, timeoutSeconds }
  }
  if (!/^https?:\/\//.test(params.url)) {
    throw new InvalidSpecError(
      'properties.hooks.params.url',
      'must be an address that begins with http:// or https://',
    )
  }
  return { type: 'webhook', url: params.url, timeoutSeconds }
}
