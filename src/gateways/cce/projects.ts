import type { Control } from '../../control/control.ts'
import type { Proven } from './authenticate.ts'

const MOST = 100

/**
 * The projects that a name stands for, as the vendor's identity service lists them. Clients that were told a region name it
 * here, and go on with the one project of that name.
 */
export async function presentProjects(
  control: Control,
  { principal, projectId }: Proven,
  name: string | null,
): Promise<object> {
  const { items } = await control.projects.list({ principal }, { limit: MOST })
  const projects = items
    .filter((project) => projectId === null || project.id === projectId)
    .filter((project) => name === null || project.name === name)
    .map((project) => ({ id: project.id, name: project.name, domain_id: 'default', enabled: true }))
  return { projects, links: { next: null, previous: null } }
}
