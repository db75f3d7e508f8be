import type { Deployment } from '../domain/deployment.ts'
import { AmbiguousError, InvalidRequestError, NotReadyError } from '../domain/errors.ts'
import type { Infra } from '../domain/infra.ts'
import type { Project } from '../domain/principal.ts'
import { listDeployments } from '../store/deployments.ts'
import type { Caller, ControlDeps } from './control.ts'
import type { PromoteInput } from './deployer-inputs.ts'
import type { DeploymentStatus, PromotedDeployment } from './deployer-verbs.ts'
import { writeDeployment, writeSettings } from './deployment-settings.ts'
import { viewDeploymentStatus } from './deployment-views.ts'
import { requireInfra } from './find.ts'
import { performInProject, type Scope } from './perform.ts'
import { requireReadableDeployment, requireReadableInfra } from './readable.ts'
import { stagesOf } from './stages.ts'

/** @see DeploymentVerbs.promote */
export async function promote(
  deps: ControlDeps,
  caller: Caller,
  ref: string,
  input: PromoteInput,
): Promise<PromotedDeployment> {
  return await performInProject(deps, caller, {
    verb: 'deployments.promote',
    input: [ref, input],
    work: async (scope) => {
      const { tx, project, principal } = scope
      const source = await requireReadableDeployment(scope, ref)
      const status = await viewDeploymentStatus(tx, project, principal, source)
      const bundle = status.deployed?.enabled ? status.deployed.bundleVersion : null
      if (bundle === null) {
        throw new NotReadyError(`deployment "${source.name}" has nothing deployed that could be promoted`)
      }
      const target = await findTarget(scope, source, input)
      const objections = [
        ...healthObjections(status),
        ...(await stageObjections(scope, status.infra, target.infra)),
      ]
      if (objections.length > 0 && !input.force) throw new NotReadyError(objections.join('; '))
      const deployment = target.deployment
        ? await writeSettings(scope, target.deployment, { bundle }, input)
        : await writeDeployment(scope, {
            name: target.name,
            infra: target.infra.id,
            publishedProject: source.publishedProjectId,
            bundle,
            deployedProjectKey: source.deployedProjectKey,
            projectFolderId: source.projectFolderId,
            ...(input.ignoreWarnings !== undefined && { ignoreWarnings: input.ignoreWarnings }),
          })
      const forced = objections.length > 0 ? `, although ${objections.join('; ')}` : ''
      scope.event({
        type: 'deployment.promoted',
        level: objections.length > 0 ? 'warning' : 'info',
        because: `${principal.name} promoted bundle ${bundle} from deployment "${source.name}" (${status.infra.stage}) to "${deployment.name}" (${target.infra.stage})${forced}`,
        data: { from: source.name, deployment: deployment.name, bundle, forced: objections },
      })
      return {
        deployment,
        isNew: target.deployment === undefined,
        from: { id: source.id, name: source.name },
      }
    },
  })
}

interface Target {
  readonly infra: Infra
  /** Absent: it is yet to be made. */
  readonly deployment: Deployment | undefined
  readonly name: string
}

/** @throws NotFoundError, AmbiguousError, InvalidRequestError */
async function findTarget(scope: Scope, source: Deployment, input: PromoteInput): Promise<Target> {
  const { tx, project } = scope
  const { publishedProjectId } = source
  if (input.infra === undefined) {
    if (input.deployment === undefined) {
      throw new InvalidRequestError('infra', 'give an infra or a deployment to promote to')
    }
    const deployment = await requireReadableDeployment(scope, input.deployment)
    return await toTarget(project, scope, source, deployment)
  }
  const infra = await requireReadableInfra(scope, input.infra)
  const filter = { projectId: project.id, infraId: infra.id, publishedProjectId }
  const { items } = await listDeployments(tx, filter, { limit: 1000 })
  const named = items.filter(({ name, id }) => name === input.deployment || id === input.deployment)
  const found = input.deployment === undefined ? items : named
  if (found.length > 1) {
    throw new AmbiguousError(
      'deployment',
      infra.name,
      found.slice(0, 10).map(({ name }) => name),
    )
  }
  const [deployment] = found
  if (deployment) return await toTarget(project, scope, source, deployment)
  return { infra, deployment, name: input.deployment ?? nameOn(source, infra) }
}

async function toTarget(
  project: Project,
  { tx }: Scope,
  source: Deployment,
  deployment: Deployment,
): Promise<Target> {
  if (deployment.id === source.id) {
    throw new InvalidRequestError('deployment', `"${source.name}" cannot be promoted to itself`)
  }
  if (deployment.publishedProjectId !== source.publishedProjectId) {
    throw new InvalidRequestError(
      'deployment',
      `"${deployment.name}" is of another published project than "${source.name}"`,
    )
  }
  const infra = await requireInfra(tx, project.id, deployment.infraId)
  return { infra, deployment, name: deployment.name }
}

/** A deployment that was called after its infra is called after the next one; another gets the infra's name behind. */
function nameOn({ name }: Deployment, infra: Infra): string {
  const base = name.replace(/-on-[A-Za-z0-9._-]+$/, '')
  return `${base}-on-${infra.name}`.slice(0, 63)
}

function healthObjections({ health, messages, deployment }: DeploymentStatus): string[] {
  if (health === 'HEALTHY') return []
  const why = messages.map(({ message }) => message).join(', ')
  return [`deployment "${deployment.name}" is ${health}${why === '' ? '' : ` (${why})`}`]
}

/** A bundle goes from a stage to the next one. */
async function stageObjections({ tx, project }: Scope, from: Infra, to: Infra): Promise<string[]> {
  const names = (await stagesOf(tx, project.id)).map(({ name }) => name)
  const next = names[names.indexOf(from.stage) + 1]
  if (to.stage === next) return []
  const should = next === undefined ? 'there is no stage after it' : `the next stage is ${next}`
  return [`infra "${to.name}" is on stage ${to.stage}, and from ${from.stage} ${should}`]
}
