import type { Bundle } from '../domain/bundle.ts'
import type { Deployment } from '../domain/deployment.ts'
import { NotFoundError } from '../domain/errors.ts'
import type { InfraId, PublishedProjectId } from '../domain/ids.ts'
import type { Infra } from '../domain/infra.ts'
import type { PublishedProject } from '../domain/published-project.ts'
import type { DeploymentHead } from '../store/deployments.ts'
import { listGuardedInfras, loadInfras } from '../store/infras.ts'
import {
  findPublishedProjectByKey,
  listGuardedProjects,
  loadPublishedProjects,
} from '../store/published-projects.ts'
import type { Tx } from '../store/store.ts'
import { hasRight } from './deployer-rights.ts'
import { requireBundle, requireDeployment, requireInfra, requirePublishedProject } from './find.ts'
import type { Scope } from './perform.ts'

/** On whose behalf something is looked for, and in which project. */
export type Asker = Pick<Scope, 'project' | 'principal'>

/** {@link Asker}, and where. */
export type Viewer = Asker & Pick<Scope, 'tx'>

/** {@link requireInfra} for somebody: what they may not read does not exist for them. */
export async function requireReadableInfra(viewer: Viewer, ref: string): Promise<Infra> {
  const found = await requireInfra(viewer.tx, viewer.project.id, ref)
  if (!mayRead(viewer, found)) throw new NotFoundError('infra', ref)
  return found
}

/** {@link requirePublishedProject} for somebody: what they may not read does not exist for them. */
export async function requireReadableProject(viewer: Viewer, ref: string): Promise<PublishedProject> {
  const found = await requirePublishedProject(viewer.tx, viewer.project.id, ref)
  if (!mayRead(viewer, found)) throw new NotFoundError('published project', ref)
  return found
}

/** {@link requireDeployment} for somebody: it is read by who may read both its infra and its published project. */
export async function requireReadableDeployment(viewer: Viewer, ref: string): Promise<Deployment> {
  const found = await requireDeployment(viewer.tx, viewer.project.id, ref)
  const { infra, publishedProject } = await placesOf(viewer.tx, found)
  if (!mayRead(viewer, infra, publishedProject)) throw new NotFoundError('deployment', ref)
  return found
}

/**
 * {@link requireBundle} for somebody: that of a published project is read by who may read that; any other by everybody who may
 * see the project.
 */
export async function requireReadableBundle(viewer: Viewer, ref: string): Promise<Bundle> {
  const found = await requireBundle(viewer.tx, viewer.project.id, ref)
  if (!mayRead(viewer, ...(await guardsOf(viewer, found)))) throw new NotFoundError('bundle', ref)
  return found
}

/** The published project whose permissions hold for a bundle of that name; none for what is of no published project. */
export async function guardsOf(
  { tx, project }: Pick<Viewer, 'tx' | 'project'>,
  { name }: Pick<Bundle, 'name'>,
): Promise<PublishedProject[]> {
  const found = await findPublishedProjectByKey(tx, project.id, name)
  return found ? [found] : []
}

/** What of a project somebody may not read. */
export interface Hidden {
  readonly infras: readonly InfraId[]
  readonly publishedProjects: readonly PublishedProjectId[]
  /** The keys of those, which name their bundles. */
  readonly keys: readonly string[]
}

/** Two queries, of those alone that have permissions: listings leave out what it gives, and their pages stay full. */
export async function loadHidden(viewer: Viewer): Promise<Hidden> {
  const { tx, project } = viewer
  const infras = (await listGuardedInfras(tx, project.id)).filter((one) => !mayRead(viewer, one))
  const published = (await listGuardedProjects(tx, project.id)).filter((one) => !mayRead(viewer, one))
  return {
    infras: infras.map(({ id }) => id),
    publishedProjects: published.map(({ id }) => id),
    keys: published.map(({ key }) => key),
  }
}

/** Those deployments of which somebody may read both the infra and the published project. */
export function withoutHidden(hidden: Hidden, deployments: readonly DeploymentHead[]): DeploymentHead[] {
  const infras = new Set(hidden.infras)
  const published = new Set(hidden.publishedProjects)
  return deployments.filter(
    ({ infraId, publishedProjectId }) => !infras.has(infraId) && !published.has(publishedProjectId),
  )
}

/** Where a deployment is, and what of. Neither can be deleted before it. */
export async function placesOf(
  tx: Tx,
  { infraId, publishedProjectId }: Deployment,
): Promise<{ readonly infra: Infra; readonly publishedProject: PublishedProject }> {
  const infra = (await loadInfras(tx, [infraId])).get(infraId)!
  const publishedProject = (await loadPublishedProjects(tx, [publishedProjectId])).get(publishedProjectId)!
  return { infra, publishedProject }
}

/** Whether somebody may read all of these. */
export function mayRead(
  { principal, project }: Asker,
  ...things: Parameters<typeof hasRight>[3][number][]
): boolean {
  return hasRight(principal, project, 'read', things)
}
