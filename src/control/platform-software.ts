import { createHash } from 'node:crypto'
import type { Cluster } from '../domain/cluster.ts'
import { InvalidRequestError, InvalidStateError } from '../domain/errors.ts'
import type { EventId, ProfileId } from '../domain/ids.ts'
import { compareVersions, type PlatformVersion, supportOf } from '../domain/platform-version.ts'
import type { Project } from '../domain/principal.ts'
import type { RevisionSpec } from '../domain/revision.ts'
import { insertEvents } from '../store/events.ts'
import { findProfile, insertProfile } from '../store/profiles.ts'
import type { ControlDeps } from './control.ts'
import { requireLiveCluster, requireLivePool, requireRevision } from './find.ts'
import { canonicalJson } from './idempotency.ts'
import type { SoftwareInput, StartUpdateInput } from './inputs.ts'
import { createProfileValidator } from './profiles.ts'

/** @throws InvalidRequestError naming the field when the catalogue has no such version */
export function requireVersion(
  { platform }: Pick<ControlDeps, 'platform'>,
  version: unknown,
  field: string,
): PlatformVersion {
  const versions = platform?.versions ?? []
  const found = versions.find((known) => known.version === version)
  if (found) return found
  const known = versions.map((one) => one.version).join(', ') || 'none'
  throw new InvalidRequestError(field, `there is no version ${JSON.stringify(version)}; there are: ${known}`)
}

/** @throws InvalidRequestError when nobody supports the version any more */
export function checkSupport(
  deps: Pick<ControlDeps, 'clock'>,
  version: PlatformVersion,
  field: string,
): void {
  if (supportOf(version, deps.clock.now()) !== 'unsupported') return
  throw new InvalidRequestError(field, `version ${version.version} is not supported any more`)
}

/**
 * What the nodes of a new cluster or pool on this version run: what the catalogue names, unless the request names a
 * profile of its own.
 * @throws InvalidRequestError
 */
export async function softwareOn(
  deps: ControlDeps,
  project: Project,
  version: PlatformVersion,
  input: Omit<SoftwareInput, 'profile'> & { readonly profile?: string },
): Promise<SoftwareInput> {
  if (input.version !== undefined && input.version !== version.version) {
    throw new InvalidRequestError('version', `must be ${version.version}, as the cluster's`)
  }
  const profile = input.profile ?? (await ensureProfile(deps, project, version))
  return { ...input, profile, version: version.version }
}

/**
 * An update that names a version, on a cluster that follows the catalogue: nodes that run what the catalogue names for
 * their version run what it names for the next; others keep their profile and are told the version.
 * @throws InvalidRequestError, InvalidStateError when the version is above the cluster's or below the nodes'
 */
export async function followCatalogue(
  deps: ControlDeps,
  project: Project,
  clusterRef: string,
  input: StartUpdateInput,
): Promise<StartUpdateInput> {
  if (input.version === undefined || input.version === null) return input
  const { cluster, spec } = await deps.store.read(async (tx) => {
    const cluster = await requireLiveCluster(tx, project.id, clusterRef)
    const pool = await requireLivePool(tx, cluster.id, input.pool)
    return { cluster, spec: (await requireRevision(tx, pool.committedRevisionId)).spec }
  })
  if (cluster.platform === null) return input
  const version = requireVersion(deps, input.version, 'version')
  checkOrder(cluster, version, spec)
  return { ...input, ...(await nextProfile(deps, project, version, spec, input.profile)) }
}

/** The profile that a pool which runs `spec` is to have on a version; nothing where it keeps its own. */
export async function nextProfile(
  deps: ControlDeps,
  project: Project,
  version: PlatformVersion,
  spec: RevisionSpec,
  asked?: string,
): Promise<{ readonly profile?: string }> {
  if (asked !== undefined) return { profile: asked }
  if (!isOfCatalogue(deps, spec)) return {}
  return { profile: await ensureProfile(deps, project, version) }
}

function checkOrder(cluster: Cluster, { version }: PlatformVersion, spec: RevisionSpec): void {
  const present = cluster.platform?.version ?? version
  if (compareVersions(version, present) > 0) {
    throw new InvalidStateError(
      `nodes of cluster "${cluster.name}" cannot be on ${version}: the cluster is on ${present}, move it first`,
    )
  }
  if (spec.version === null || compareVersions(version, spec.version) >= 0) return
  throw new InvalidStateError(
    `nodes on ${spec.version} go back to ${version} only with their cluster "${cluster.name}"`,
  )
}

function isOfCatalogue(
  { platform }: Pick<ControlDeps, 'platform'>,
  { profile, version }: RevisionSpec,
): boolean {
  const known = platform?.versions.find((one) => one.version === version)
  if (!known) return false
  if ('name' in known.profile) return profile.name === known.profile.name
  return profile.name.startsWith(prefixOf(known))
}

/** @returns the profile's id or name; one that is written into the catalogue is made when it is first needed */
async function ensureProfile(deps: ControlDeps, project: Project, version: PlatformVersion): Promise<string> {
  const { profile } = version
  if ('name' in profile) return profile.name
  // A profile never changes: what the catalogue says otherwise tomorrow is another one.
  const name = `${prefixOf(version)}${createHash('sha256').update(canonicalJson(profile)).digest('hex').slice(0, 8)}`
  const known = await deps.store.read((tx) => findProfile(tx, project.id, name))
  if (known) return known.id
  const valid = createProfileValidator(deps.runtimes)(profile)
  return await deps.store.write(async (tx) => {
    const meanwhile = await findProfile(tx, project.id, name)
    if (meanwhile) return meanwhile.id
    const now = deps.clock.now()
    const id = deps.ids.next<ProfileId>()
    const made = { createdAt: now, createdBy: 'catalogue', updatedAt: null, metadata: {}, attributes: {} }
    await insertProfile(tx, { id, projectId: project.id, name, ...valid, ...made })
    await insertEvents(tx, [
      {
        ...{ id: deps.ids.next<EventId>(), at: now, level: 'info', type: 'profile.created' },
        ...{ projectId: project.id, clusterId: null, nodeId: null, updateId: null, actionId: null },
        principal: 'catalogue',
        because: `nodes on version ${version.version} are made with it`,
        data: { profile: name, type: valid.type, version: valid.version },
      },
    ])
    return id
  })
}

function prefixOf({ version }: PlatformVersion): string {
  return `platform-${version}-`
}
