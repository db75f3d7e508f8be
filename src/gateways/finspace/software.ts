import { createHash } from 'node:crypto'
import { canonicalJson } from '../../control/idempotency.ts'
import type { Bundle } from '../../domain/bundle.ts'
import { AlreadyExistsError, InvalidSpecError, NotFoundError } from '../../domain/errors.ts'
import type { JsonObject } from '../../domain/ids.ts'
import type { RevisionSpec } from '../../domain/revision.ts'
import type { AwsAsk } from '../aws/service.ts'
import { requireLocation } from './cluster-rules.ts'
import { notValid } from './errors.ts'
import { type FinspaceSettings, unlessMissing } from './operation.ts'
import type { CodeLocation, Databases } from './shapes.ts'

/**
 * Fetches code from where a client says it is.
 * @throws AwsFault `ValidationException` when there is nothing
 */
export async function fetchCode(ask: AwsAsk, code: CodeLocation): Promise<Bundle> {
  try {
    return await ask.control.bundles.publishFrom(ask.caller, requireLocation(code))
  } catch (error) {
    // What the request named is missing, not what it was made to.
    if (error instanceof NotFoundError) throw notValid(`code: ${error.message}`, { cause: error })
    throw error
  }
}

/** What decides which profile a cluster's nodes have. */
export interface ProfileNeed {
  readonly clusterType: string
  readonly databases: Databases
  /** Null: no code. */
  readonly bundle: Bundle | null
  readonly initializationScript: string | undefined
}

/**
 * The profile for nodes of a cluster, made if it is not there. The same need has the same one, so that a revision is new
 * only where something differs.
 * @returns its name
 */
export async function ensureProfile(
  ask: AwsAsk,
  settings: FinspaceSettings,
  need: ProfileNeed,
): Promise<string> {
  const { profileType: type } = settings
  const properties = toProperties(settings, need, await propertyNames(ask, type))
  const hash = createHash('sha256').update(canonicalJson({ type, properties })).digest('hex')
  const name = `finspace-${hash.slice(0, 16)}`
  const { profiles } = ask.control
  if (await unlessMissing(profiles.get(ask.caller, name))) return name
  try {
    await profiles.create(ask.caller, { name, type, properties, metadata: { madeFor: 'finspace' } })
  } catch (error) {
    // Somebody else came first.
    if (!(error instanceof AlreadyExistsError)) throw error
  }
  return name
}

/** The names of properties that profiles of a type may have. */
async function propertyNames(ask: AwsAsk, type: string): Promise<readonly string[]> {
  const types = await ask.control.profiles.types(ask.caller)
  const found = types.find((each) => each.type === type)
  if (!found) {
    const known = types.map((each) => each.type).join(', ')
    throw new InvalidSpecError('finspace.profileType', `there is no type "${type}"; there are ${known}`)
  }
  return Object.keys((found.propertiesSchema['properties'] ?? {}) as JsonObject)
}

/**
 * Pure: what the settings say, and what a node's program can know of its cluster, where profiles of the type can say it.
 * @param names of the properties that they may have
 */
export function toProperties(
  settings: FinspaceSettings,
  need: ProfileNeed,
  names: readonly string[],
): JsonObject {
  const { profileProperties: given, command } = settings
  const { bundle, initializationScript, databases, clusterType } = need
  const { manifest } = bundle ?? {}
  const hasProgram =
    initializationScript !== undefined || manifest?.command !== undefined || manifest?.initializationScript
  return {
    ...given,
    ...(!hasProgram && names.includes('command') && given['command'] === undefined && { command }),
    ...(names.includes('environment') && {
      environment: {
        ...(given['environment'] as JsonObject | undefined),
        FINSPACE_CLUSTER_TYPE: clusterType,
        ...(databases.length > 0 && { FINSPACE_DATABASES: JSON.stringify(databases) }),
      },
    }),
  }
}

/** What clients said of the software of revisions, as they said it: given back with the revision that nodes are to run. */
export interface Said {
  /** By bundle id. */
  readonly codes: Readonly<Record<string, CodeLocation>>
  /** By name of the profile. */
  readonly databases: Readonly<Record<string, Databases>>
}

/** More than there are revisions to go back to. */
const MOST_KEPT = 20

/** What is kept of it once a cluster is to run this as well. */
export function say(
  before: Partial<Said>,
  now: { readonly bundle: Bundle | null; readonly code: CodeLocation | undefined } & {
    readonly profile: string
    readonly databases: Databases
  },
): JsonObject {
  return {
    codes: now.bundle && now.code ? latest(before.codes, now.bundle.id, now.code) : (before.codes ?? {}),
    databases: latest(before.databases, now.profile, now.databases),
  } as unknown as JsonObject
}

function latest<Value>(
  before: Readonly<Record<string, Value>> = {},
  key: string,
  value: Value,
): Readonly<Record<string, Value>> {
  const others = Object.entries(before).filter(([known]) => known !== key)
  return Object.fromEntries([...others.slice(1 - MOST_KEPT), [key, value]])
}

/** The software of a revision in the words of clients. */
export function presentSoftware(said: Partial<Said>, { code, profile }: RevisionSpec) {
  const databases = said.databases?.[profile.name] ?? []
  return {
    databases: databases.length > 0 ? databases : undefined,
    code: code ? said.codes?.[code.bundleId] : undefined,
    initializationScript: code?.initializationScript ?? undefined,
    commandLineArguments:
      code && code.commandLineArguments.length > 0 ? code.commandLineArguments : undefined,
  }
}
