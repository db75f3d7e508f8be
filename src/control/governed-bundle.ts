import type { Bundle } from '../domain/bundle.ts'
import { InvalidRequestError, InvalidStateError } from '../domain/errors.ts'
import type { PublishedProject } from '../domain/published-project.ts'
import { guardsOf, requireReadableBundle, type Viewer } from './readable.ts'

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
  const bundle = await requireExactBundle(viewer, ref)
  const [publishedProject] = await guardsOf(viewer, bundle)
  if (!publishedProject) {
    throw new InvalidStateError(
      `bundle ${bundle.name}@${bundle.version} is of no published project, so nobody has to approve it; ` +
        `make one with: drover published-project create ${bundle.name}`,
    )
  }
  return { bundle, publishedProject }
}

/**
 * {@link requireReadableBundle}, but not the newest one of a name: that is not what somebody has looked at.
 * @throws NotFoundError, InvalidRequestError
 */
export async function requireExactBundle(
  viewer: Viewer,
  ref: string,
  field: string = 'bundle',
): Promise<Bundle> {
  const found = await requireReadableBundle(viewer, ref)
  const fullName = `${found.name}@${found.version}`
  if (ref === found.id || ref === fullName) return found
  throw new InvalidRequestError(field, `say which version, like ${fullName}`)
}
