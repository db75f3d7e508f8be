import type { Infra } from '../domain/infra.ts'
import type { PublishedProject } from '../domain/published-project.ts'
import { listDeploymentHeads } from '../store/deployments.ts'
import { loadInfras } from '../store/infras.ts'
import { loadProfileHeads } from '../store/profiles.ts'
import { listBundleHeads } from '../store/published-projects.ts'
import { hasRight } from './deployer-rights.ts'
import type { InfraView, PublishedProjectView } from './deployer-verbs.ts'
import { type Hidden, type Viewer, withoutHidden } from './readable.ts'

const MOST_BUNDLES = 1000

/** A constant number of queries, however many infras. @param hidden from the viewer: deployments that have to do with it are not named */
export async function viewInfras(
  { tx, project, principal }: Viewer,
  hidden: Hidden,
  infras: readonly Infra[],
): Promise<InfraView[]> {
  const profiles = await loadProfileHeads(
    tx,
    infras.flatMap(({ profileId }) => profileId ?? []),
  )
  const deployments = Map.groupBy(
    withoutHidden(hidden, await listDeploymentHeads(tx, { infraIds: infras.map(({ id }) => id) })),
    ({ infraId }) => infraId,
  )
  return infras.map((infra) => ({
    infra,
    profile: (infra.profileId && profiles.get(infra.profileId)) ?? null,
    deployments: deployments.get(infra.id) ?? [],
    canDeploy: hasRight(principal, project, 'deploy', [infra]),
    isAdmin: hasRight(principal, project, 'admin', [infra]),
  }))
}

/** A constant number of queries, however many of them. @param hidden from the viewer: infras and deployments there are not named */
export async function viewPublishedProjects(
  { tx, project, principal }: Viewer,
  hidden: Hidden,
  found: readonly PublishedProject[],
): Promise<PublishedProjectView[]> {
  const keys = found.map(({ key }) => key)
  const bundles = Map.groupBy(await listBundleHeads(tx, project.id, keys, MOST_BUNDLES), ({ name }) => name)
  const all = await listDeploymentHeads(tx, { publishedProjectIds: found.map(({ id }) => id) })
  const heads = withoutHidden(hidden, all)
  const infras = await loadInfras(tx, [...new Set(heads.map(({ infraId }) => infraId))])
  const deployments = Map.groupBy(heads, ({ publishedProjectId }) => publishedProjectId)
  return found.map((publishedProject) => {
    const own = deployments.get(publishedProject.id) ?? []
    const used = new Set(own.map(({ infraId }) => infraId))
    return {
      publishedProject,
      bundles: bundles.get(publishedProject.key) ?? [],
      deployments: own,
      infras: [...infras.values()]
        .filter(({ id }) => used.has(id))
        .map(({ id, name, stage, governance }) => ({ id, name, stage, governance }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
      canDeploy: hasRight(principal, project, 'deploy', [publishedProject]),
      isAdmin: hasRight(principal, project, 'admin', [publishedProject]),
    }
  })
}
