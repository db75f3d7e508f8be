import type { Bundle } from '../domain/bundle.ts'
import { InvalidRequestError, InvalidStateError, NotFoundError } from '../domain/errors.ts'
import type { Project } from '../domain/principal.ts'
import type { PublishedProject } from '../domain/published-project.ts'
import { findBundle } from '../store/bundles.ts'
import { findPublishedProjectByKey } from '../store/published-projects.ts'
import type { Tx } from '../store/store.ts'
import { requireBundle } from './find.ts'
import { mayRead, type Viewer } from './readable.ts'

/** A bundle with the published project whose rules it is under. */
export interface Governed {
  readonly bundle: Bundle
  readonly publishedProject: PublishedProject
}

/**
 * @param ref id or `name@version`: who speaks about a bundle has to say which
 * @throws NotFoundError also if the principal may not read the published project
 * @throws InvalidStateError if it is a bundle of no published project
 */
export async function findGoverned(viewer: Viewer, ref: string): Promise<Governed> {
  const { tx, project } = viewer
  const bundle = await requireExactBundle(tx, project, ref)
  const publishedProject = await findPublishedProjectByKey(tx, project.id, bundle.name)
  if (!publishedProject) {
    throw new InvalidStateError(
      `bundle ${bundle.name}@${bundle.version} is of no published project, so nobody has to approve it; ` +
        `make one with: drover published-project create ${bundle.name}`,
    )
  }
  if (!mayRead(viewer, publishedProject)) throw new NotFoundError('bundle', ref)
  return { bundle, publishedProject }
}

/** The bundle, not the newest one of a name. @throws NotFoundError, InvalidRequestError */
export async function requireExactBundle(tx: Tx, project: Project, ref: string): Promise<Bundle> {
  const found = await findBundle(tx, project.id, ref)
  if (found) return found
  const newest = await requireBundle(tx, project.id, ref)
  throw new InvalidRequestError('bundle', `say which version, like ${newest.name}@${newest.version}`)
}
