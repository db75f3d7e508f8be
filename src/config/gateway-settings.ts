import { integer, structure } from './setting.ts'

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

/** As the names of regions are, and as an account's number is: both become part of ARNs. */
function readBy(pattern: RegExp): (raw: unknown) => string | undefined {
  return (raw) => (typeof raw === 'string' && pattern.test(raw) ? raw : undefined)
}
