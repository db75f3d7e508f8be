import type { Caller } from '../../control/control.ts'
import { DroverError, NotFoundError } from '../../domain/errors.ts'
import type { Json, JsonObject } from '../../domain/ids.ts'
import { AwsFault } from '../aws/fault.ts'
import { type AwsAsk, type AwsOperation, type FaultTable, withClientToken } from '../aws/service.ts'
import { checkShape, type Shape } from '../aws/shape.ts'
import { readQuery } from '../aws/values.ts'
import { FAULTS, faults, type Subject } from './faults.ts'

/** What an operation is handed: the request, checked, and who asks. */
export interface Asked<Input> {
  readonly ask: AwsAsk
  readonly input: Input
  /** Of the path; empty texts where it has none. */
  readonly cluster: string
  readonly nodegroup: string
}

const QUERY_TYPES = {
  maxResults: 'integer',
  defaultOnly: 'boolean',
  includeAll: 'boolean',
  include: 'list',
  clusterVersions: 'list',
  tagKeys: 'list',
} as const

interface Description<Input> {
  /** `POST /clusters/:name` */
  readonly route: string
  readonly shape: Shape<Input>
  /** Codes that are another exception here than elsewhere. */
  readonly faults?: Partial<FaultTable>
  run(asked: Asked<Input>): Promise<object>
}

/**
 * An operation of this service: its body, or without one its query, is checked against the model, and every exception names
 * the cluster and the node group that the request was about.
 */
export function operation<Input>(name: string, description: Description<Input>): AwsOperation {
  const [method, path] = description.route.split(' ') as [AwsOperation['method'], string]
  const invalid = path.startsWith('/tags') ? FAULTS.badRequest : FAULTS.invalidParameter
  return {
    name,
    method,
    path,
    async run(ask) {
      const given: Json = method === 'POST' ? ask.body : readQuery(ask.query, QUERY_TYPES)
      const { name: cluster = '', nodegroup = '' } = ask.params
      const subject: Subject = {
        ...(cluster !== '' && { clusterName: cluster }),
        ...(nodegroup !== '' && { nodegroupName: nodegroup }),
      }
      try {
        const input = checkShape(description.shape, given, invalid)
        return await description.run({ ask, input, cluster, nodegroup })
      } catch (error) {
        throw toFault(error, { ...faults, ...description.faults }, subject)
      }
    },
  }
}

/** What the client's token makes of its caller: the same request with it gets the same answer. */
export function repeatable(
  { caller }: AwsAsk,
  { clientRequestToken, ...request }: { readonly clientRequestToken?: string },
  subject: Subject = {},
): Caller {
  const asked = { ...subject, ...request } as unknown as JsonObject
  return { ...withClientToken(caller, clientRequestToken), request: asked }
}

function toFault(error: unknown, table: FaultTable, subject: Subject): unknown {
  if (error instanceof AwsFault) {
    return new AwsFault(error.kind, error.message, {
      cause: error,
      members: { ...subject, ...error.members },
    })
  }
  if (!(error instanceof DroverError) || error.code === 'internal') return error
  // A size that breaks the group's own bounds is no quota.
  const isOwnBound = error.size !== undefined && error.size.bound !== 'most'
  const kind = isOwnBound ? FAULTS.invalidParameter : table[error.code]
  // The exceptions of tags have no members, and neither has this one.
  const members = kind === FAULTS.notFound || kind === FAULTS.badRequest ? {} : { ...subject }
  const options = { cause: error, members }
  return new AwsFault(kind, error instanceof NotFoundError ? missing(error) : error.message, options)
}

const WORDS: Readonly<Record<string, string>> = { cluster: 'cluster', pool: 'node group', update: 'update' }

/** As clients are used to be told. */
function missing({ kind, reference }: NotFoundError): string {
  return `No ${WORDS[kind] ?? kind} found for name: ${reference}.`
}
