import type { ProfileId, ProjectId } from '../domain/ids.ts'
import type { Infra } from '../domain/infra.ts'
import type { Profile } from '../domain/profile.ts'
import { findProfile, insertProfile, isProfileNameTaken } from '../store/profiles.ts'
import type { Tx } from '../store/store.ts'
import type { ControlDeps } from './control.ts'
import { requireProfile } from './find.ts'
import { OutdatedPreparation, type Scope } from './perform.ts'
import { requireRuntime } from './revision-spec.ts'

/** The profile of a project's deployments on infras that name none: it runs what a bundle's manifest says. */
const DEPLOYMENT_PROFILE = 'deployments'

/** The profile that nodes on an infra have. One that is yet to be made has the id it will get. */
export async function profileFor(
  deps: ControlDeps,
  tx: Tx,
  projectId: ProjectId,
  infra: Infra,
): Promise<Profile> {
  if (infra.profileId !== null) return await requireProfile(tx, projectId, infra.profileId)
  const known = await findProfile(tx, projectId, DEPLOYMENT_PROFILE)
  if (known) return known
  const { type, versions } = requireRuntime(deps.runtimes, 'process')
  return {
    id: deps.ids.next<ProfileId>(),
    projectId,
    name: DEPLOYMENT_PROFILE,
    type,
    version: versions.at(-1) as string,
    properties: {},
    metadata: {},
    attributes: {},
    createdAt: deps.clock.now(),
    createdBy: 'engine',
    updatedAt: null,
  }
}

/** Writes the profile if it is one that is yet to be made. @throws OutdatedPreparation if it was made meanwhile */
export async function ensureProfile(
  { tx, project, principal, ...scope }: Scope,
  profile: Profile,
): Promise<void> {
  if (await findProfile(tx, project.id, profile.id)) return
  if (await isProfileNameTaken(tx, project.id, profile.name)) throw new OutdatedPreparation()
  await insertProfile(tx, { ...profile, createdAt: scope.now, createdBy: principal.name })
  scope.event({
    type: 'profile.created',
    because: `${principal.name} made profile "${profile.name}" of type ${profile.type} ${profile.version}, for deployments on infras that name none`,
    data: { profile: profile.name, type: profile.type, version: profile.version },
  })
}
