import type { Deployment } from '../domain/deployment.ts'
import { NotFoundError } from '../domain/errors.ts'
import type { Infra } from '../domain/infra.ts'
import type { PublishedProject } from '../domain/published-project.ts'
import { loadInfras } from '../store/infras.ts'
import { loadPublishedProjects } from '../store/published-projects.ts'
import type { Tx } from '../store/store.ts'
import { hasRight } from './deployer-rights.ts'
import { requireDeployment, requireInfra, requirePublishedProject } from './find.ts'
import type { Scope } from './perform.ts'

/** On whose behalf something is looked for, and where. */
export type Viewer = Pick<Scope, 'tx' | 'project' | 'principal'>

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
  { principal, project }: Pick<Viewer, 'principal' | 'project'>,
  ...things: Parameters<typeof hasRight>[3][number][]
): boolean {
  return hasRight(principal, project, 'read', things)
}
