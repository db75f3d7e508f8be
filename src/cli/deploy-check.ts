import { CliError } from './cli-error.ts'
import type { Place } from './deploy-place.ts'
import type { InfraResource } from './deployer-resources.ts'
import { EXIT } from './exit-codes.ts'
import type { Manifest } from './publish.ts'
import type { ProfileResource } from './resources.ts'
import type { Session } from './session.ts'

/** What nodes on a place are made of, as far as it says what they run. */
export type NodesThere = Pick<ProfileResource, 'name' | 'type' | 'properties'>

/** The profile that the server takes, and makes, for infras that name none. */
const DEFAULT_PROFILE: NodesThere = { name: 'deployments', type: 'process', properties: {} }

/** Those whose nodes are a program: the bundle's, where the profile has none of its own. */
const TYPES_OF_PROGRAMS = ['process', 'ssh']

/** @param infra null: it is yet to be made */
export async function findNodesThere(session: Session, infra: InfraResource | null): Promise<NodesThere> {
  const profile = infra?.profile ?? DEFAULT_PROFILE.name
  try {
    return await session.client.get<ProfileResource>(session.inProject`/profiles/${profile}`)
  } catch (error) {
    if (error instanceof CliError && error.code === 'not_found') return DEFAULT_PROFILE
    throw error
  }
}

/**
 * What the server would find out only when all around it has been made.
 * @param manifest null: the bundle has none; undefined: only the server can tell
 * @throws CliError `refused` for a bundle that says nothing of what is to run, where the profile does not, either
 */
export function checkProgram(
  path: string,
  manifest: Manifest | null | undefined,
  { infra }: Place,
  { name, type, properties }: NodesThere,
): void {
  if (manifest === undefined || !TYPES_OF_PROGRAMS.includes(type)) return
  if (properties['command'] !== undefined) return
  if (manifest?.['command'] !== undefined || manifest?.['initializationScript'] !== undefined) return
  const lacks =
    manifest === null ? 'it has no drover.yaml' : 'its drover.yaml has no command and no initializationScript'
  throw new CliError(
    EXIT.refused,
    `nothing to run in ${path}: ${lacks}, and profile ${name} of infra ${infra} names no command`,
    { hint: 'write what is to run into drover.yaml, like command: [node, server.js], and run this again' },
  )
}

/** Something that was made or changed on the way. */
export interface Made {
  readonly what: string
  /** Commands of `drover` that take it back, in their order. */
  readonly undo: readonly string[]
}

/** The same error, with what is there now, and how to go on from it or take it back. @param made what was made on what comes behind it */
export function nameRemains(error: unknown, made: readonly Made[]): unknown {
  if (!(error instanceof CliError) || made.length === 0) return error
  const things = made.map(({ what }) => what).join(', ')
  const undo = made.toReversed().flatMap((one) => one.undo)
  const steps = undo.map((step) => `drover ${step}`).join(' && ')
  const takeBack = steps === '' ? '' : `, or take it back with: ${steps}`
  const left = `left from this: ${things}. Run the same again to go on from there${takeBack}`
  const { exitCode, message, field, code, hint } = error
  return new CliError(exitCode, message, {
    ...{ cause: error, field, code, hint: hint === undefined ? left : `${hint}\n${left}` },
  })
}
