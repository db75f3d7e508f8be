import type { DeploymentView, InfraView, PublishedProjectView } from '../../control/deployer-verbs.ts'
import { NotFoundError } from '../../domain/errors.ts'
import type { Page, PageRequest } from '../../store/page.ts'
import type { Ask } from './ask.ts'

/** The deployment that the path names. @throws NotFoundError */
export async function requireDeployment(
  ask: Ask,
  name = ask.params['deployment'] ?? '',
): Promise<DeploymentView> {
  const view = await ask.control.deployments.get(ask.caller, name)
  return exactly(view, 'deployment', name, view.deployment.name)
}

/** The infra that the path names. @throws NotFoundError */
export async function requireInfra(ask: Ask, name = ask.params['infra'] ?? ''): Promise<InfraView> {
  const view = await ask.control.infras.get(ask.caller, name)
  return exactly(view, 'infra', name, view.infra.name)
}

/** The published project that the path names. @throws NotFoundError */
export async function requireProject(
  ask: Ask,
  key = ask.params['project'] ?? '',
): Promise<PublishedProjectView> {
  const view = await ask.control.publishedProjects.get(ask.caller, key)
  return exactly(view, 'published project', key, view.publishedProject.key)
}

/** Drover also finds things by id, which these clients do not know. */
function exactly<View>(view: View, kind: string, asked: string, name: string): View {
  if (asked !== name) throw new NotFoundError(kind, asked)
  return view
}

const MOST_ON_PAGE = 1000

/** All items of a listing: this API has no pages. */
export async function all<Item>(list: (page: PageRequest) => Promise<Page<Item>>): Promise<Item[]> {
  const items: Item[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page: Page<Item> = await list({ limit: MOST_ON_PAGE, ...(cursor !== undefined && { cursor }) })
    items.push(...page.items)
    cursor = page.nextCursor
  }
  return items
}
