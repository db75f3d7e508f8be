import type { JsonObject } from '../domain/ids.ts'
import { integer, parseJson, structure, text } from './setting.ts'

/** What the gateways of AWS's services share: `aws.region`. */
export const AWS_SETTINGS = {
  region: structure<string>({
    placeholder: 'region',
    kind: 'the name of a region, like eu-west-1',
    sentence:
      'The region that clients of the gateways `finspace` and `eks` must be set to: they sign their requests for it, and ' +
      'it is part of every ARN.',
    default: 'us-east-1',
    read: readBy(/^[a-z]{2,}(-[a-z0-9]+)+$/),
  }),
  accountId: structure<string>({
    placeholder: 'id',
    kind: 'twelve digits; in a file put them in quotes',
    sentence: 'The account that every ARN of these gateways names.',
    default: '000000000000',
    read: readBy(/^\d{12}$/),
  }),
  requestsPerSecond: integer({
    min: 0,
    sentence:
      'Requests a second that one access key may make in the long run; 0 for no limit. Beyond it the answer is ' +
      'ThrottlingException, after which clients wait and repeat.',
    default: 100,
  }),
  burst: integer({
    min: 1,
    sentence: 'Requests that one access key may make at once after it was quiet.',
    default: 400,
  }),
} as const

/** What the gateway of CCE has of its own: `cce.profile`. */
export const CCE_SETTINGS = {
  profile: structure<string | null>({
    placeholder: 'name',
    kind: 'the name or id of a profile',
    sentence:
      'The profile of nodes that come by the gateway `cce`, in the project they come in, where no tag `drover.profile` of ' +
      'their pool or cluster names another. Without one they are processes that only stay alive.',
    default: null,
    read: readBy(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/),
  }),
} as const

/** What the nodes of the gateway `finspace` are. */
export const FINSPACE_SETTINGS = {
  profileType: text({
    kind: 'a type of profiles',
    sentence: 'The type of the nodes of clusters that clients of the gateway `finspace` make.',
    default: 'process',
  }),
  profileProperties: structure<JsonObject>({
    placeholder: 'json',
    kind: 'an object, like {"port":true}',
    sentence:
      'Properties of their profile, as its type knows them. Where it knows `environment`, nodes are told there what the cluster ' +
      'is, and its databases.',
    default: { port: true, healthCheck: { type: 'tcp' } },
    read: readObject,
  }),
  command: structure<readonly string[]>({
    placeholder: 'json',
    kind: 'a list of a program and its arguments',
    sentence: 'What a node runs that is given no initialization script.',
    default: ['sh', '-c', 'exec q -p "$PORT"'],
    read: readCommand,
  }),
} as const

function readObject(raw: unknown): JsonObject | undefined {
  const value = typeof raw === 'string' ? parseJson(raw) : raw
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as JsonObject) : undefined
}

function readCommand(raw: unknown): readonly string[] | undefined {
  const value = typeof raw === 'string' ? parseJson(raw) : raw
  const isCommand =
    Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === 'string')
  return isCommand ? value : undefined
}

/** As the names of regions are, and as an account's number is: both become part of ARNs. */
function readBy(pattern: RegExp): (raw: unknown) => string | undefined {
  return (raw) => (typeof raw === 'string' && pattern.test(raw) ? raw : undefined)
}
