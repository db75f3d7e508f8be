import { InvalidSpecError, messageOf } from '../../domain/errors.ts'
import type { JsonObject } from '../../domain/ids.ts'
import { type Properties, parseProperties, type ValuesOf } from '../../domain/property.ts'
import { PLACE_HOLDERS } from './poll.ts'

const pollOptions = {
  pollUrl: {
    type: 'String',
    description:
      'Address that is asked; "{nodename}", "{host}", "{port}" and "{node_address}" (host:port) stand for the node.',
    default: '',
  },
  pollUrlSslVerify: {
    type: 'Boolean',
    description: 'Whether the certificate of the address is checked.',
    default: true,
  },
  pollUrlConnErrorAsUnhealthy: {
    type: 'Boolean',
    description: 'Whether an address that cannot be reached speaks against the node.',
    default: true,
  },
  pollUrlHealthyResponse: {
    type: 'String',
    description: 'Regular expression that the answer of a healthy node matches; empty for any answer.',
    default: '',
  },
  pollUrlRetryLimit: {
    type: 'Integer',
    description: 'Tries in a row that speak against a node before it is taken for failed; 0 means 1.',
    default: 3,
    min: 0,
  },
  pollUrlRetryInterval: {
    type: 'Integer',
    description: 'Seconds between two such tries.',
    default: 3,
    min: 0,
  },
} as const satisfies Properties

export const properties = {
  detection: {
    type: 'Map',
    description: 'How failed nodes are noticed.',
    required: true,
    properties: {
      interval: { type: 'Integer', description: 'Seconds between two looks.', default: 60, min: 1 },
      nodeUpdateTimeout: {
        type: 'Integer',
        description: 'Seconds after a change of a node in which it is left alone.',
        default: 300,
        min: 0,
      },
      recoveryConditional: {
        type: 'String',
        description: 'Whether all ways of noticing have to agree that a node failed, or one is enough.',
        default: 'ANY_FAILED',
        allowed: ['ALL_FAILED', 'ANY_FAILED'],
      },
      detectionModes: {
        type: 'List',
        description: 'The ways of noticing: polling ones, each at most once, or LIFECYCLE_EVENTS alone.',
        items: {
          type: 'Map',
          description: 'A way of noticing.',
          properties: {
            type: {
              type: 'String',
              description: 'Whether the runtime tells, is asked, or an address is asked.',
              required: true,
              allowed: [
                'LIFECYCLE_EVENTS',
                'NODE_STATUS_POLLING',
                'NODE_STATUS_POLL_URL',
                'HYPERVISOR_STATUS_POLLING',
              ],
            },
            options: {
              type: 'Map',
              description: 'For NODE_STATUS_POLL_URL.',
              default: {},
              properties: pollOptions,
            },
          },
        },
      },
    },
  },
  recovery: {
    type: 'Map',
    description: 'What is done about failed nodes.',
    required: true,
    properties: {
      actions: {
        type: 'List',
        description: 'What a failed node is recovered with; RECREATE if nothing is said.',
        maxItems: 1,
        items: {
          type: 'Map',
          description: 'A way of recovering.',
          properties: {
            name: {
              type: 'String',
              description:
                'Start it again, make it anew from the same parts, or make a new one in its place.',
              required: true,
              allowed: ['REBOOT', 'REBUILD', 'RECREATE'],
            },
            params: { type: 'Map', description: 'Parameters of the operation.' },
          },
        },
      },
      fencing: {
        type: 'List',
        description: 'What is made sure not to run any more before a node is recovered.',
        items: { type: 'String', description: 'A kind of resource.', allowed: ['COMPUTE'] },
      },
      nodeDeleteTimeout: {
        type: 'Integer',
        description: 'Seconds that the removal of a failed node may take.',
        default: 20,
        min: 0,
      },
      nodeForceRecreate: {
        type: 'Boolean',
        description: 'Whether a node is made anew even if the failed one could not be removed.',
        default: false,
      },
    },
  },
} as const satisfies Properties

export type HealthSpec = ValuesOf<typeof properties>

/** @throws InvalidSpecError also for ways of noticing that do not go together */
export function parse(version: string, given: JsonObject): HealthSpec {
  const spec = parseProperties(properties, given, { version })
  const types = (spec.detection.detectionModes ?? []).map(({ type }) => type)
  const path = 'properties.detection.detectionModes'
  const repeated = types.find((type, index) => types.indexOf(type) !== index)
  if (repeated)
    throw new InvalidSpecError(path, `duplicate detection modes: ${repeated} may be named only once`)
  if (types.includes('LIFECYCLE_EVENTS') && types.length > 1) {
    throw new InvalidSpecError(
      path,
      `invalid detection modes: LIFECYCLE_EVENTS stands alone; it was given with ${others(types)}`,
    )
  }
  for (const [index, { type, options }] of (spec.detection.detectionModes ?? []).entries()) {
    if (type === 'NODE_STATUS_POLL_URL') checkOptions(`${path}[${index}].options`, options)
  }
  return spec
}

type PollOptions = ValuesOf<typeof pollOptions>

function checkOptions(path: string, { pollUrl, pollUrlHealthyResponse }: PollOptions): void {
  const wrong = (why: string) => new InvalidSpecError(`${path}.pollUrl`, why)
  if (!/^https?:\/\//.test(pollUrl))
    throw wrong(`must be an address that begins with http:// or https://, not "${pollUrl}"`)
  const names = [...pollUrl.matchAll(/\{(\w*)\}/g)].map(([, name = '']) => name)
  const strange = names.find((name) => !PLACE_HOLDERS.includes(name))
  if (strange !== undefined) {
    const known = PLACE_HOLDERS.map((name) => `{${name}}`).join(', ')
    throw wrong(`knows no "{${strange}}"; what may stand there is ${known}`)
  }
  checkPattern(`${path}.pollUrlHealthyResponse`, pollUrlHealthyResponse)
}

function checkPattern(path: string, pattern: string): void {
  try {
    new RegExp(pattern)
  } catch (error) {
    throw new InvalidSpecError(path, `must be a regular expression: ${messageOf(error)}`)
  }
}

function others(types: readonly string[]): string {
  return types.filter((type) => type !== 'LIFECYCLE_EVENTS').join(', ')
}
