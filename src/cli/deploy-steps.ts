import { CliError, UsageError } from './cli-error.ts'
import type { Made } from './deploy-check.ts'
import type { Place } from './deploy-place.ts'
import type { DeploymentResource, DeploymentUpdateResource } from './deployer-resources.ts'
import { EXIT } from './exit-codes.ts'
import type { BundleResource } from './resources.ts'
import type { Session } from './session.ts'

/** What `drover deploy` was asked for, as far as its steps need it. */
export interface StepOptions {
  /** Name of the deployment. */
  readonly deployment?: string
  readonly ignoreWarnings?: boolean
}

/** A bundle that is published, and the deployment that is to want it. */
export interface Settled {
  /** Of the published project. */
  readonly key: string
  readonly bundle: BundleResource
  readonly place: Place
  /** Null: it is yet to be made. */
  readonly found: DeploymentResource | null
  readonly options: StepOptions
}

/** @param hasBundles there are some of its key already, which would go with it */
export async function makeProject(
  session: Session,
  key: string,
  hasBundles: boolean,
  made: Made[],
): Promise<void> {
  if (!(await unlessThere(session.client.post(session.inProject`/published-projects`, { key })))) return
  // It would take its bundles along, so that there were none to delete after it.
  const undo = hasBundles ? [] : [`published-project delete ${key} --yes`]
  made.unshift({ what: `published project ${key}`, undo })
  session.output.note(`published project ${key} is created, as there was none`)
}

/** The infra, unless somebody else has made it a moment ago. */
export async function makeInfra(session: Session, { infra, stage }: Place, made: Made[]): Promise<void> {
  if (!(await unlessThere(session.client.post(session.inProject`/infras`, { name: infra, stage })))) return
  made.push({ what: `infra ${infra}`, undo: [`infra delete ${infra} --yes`] })
  session.output.note(
    `infra ${infra} is created on stage ${stage}, with one node and no governance; change it with: drover infra update ${infra}`,
  )
}

/** The deployment of a published project on an infra. @throws UsageError if several can be meant; CliError `refused` if it is disabled */
export async function findDeployment(
  session: Session,
  key: string,
  infra: string,
  options: StepOptions,
): Promise<DeploymentResource | null> {
  const filter = { infra, publishedProject: key, name: options.deployment }
  const { items } = await session.list<DeploymentResource>(session.inProject`/deployments`, filter, {
    all: true,
  })
  const [found, ...others] = items
  if (others.length > 0) {
    const names = items.map(({ name }) => name).join(', ')
    throw new UsageError(
      `several deployments of ${key} are on ${infra}: ${names}`,
      'name one with --deployment',
    )
  }
  if (found?.enabled === false) {
    throw new CliError(
      EXIT.refused,
      `deployment ${found.name} is disabled; nobody deploys to it unless it is enabled`,
      { hint: `drover deployment enable ${found.name}, then run this again` },
    )
  }
  return found ?? null
}

/** Sees to it that there is a deployment that wants the bundle. */
export async function settle(session: Session, wanted: Settled, made: Made[]): Promise<DeploymentResource> {
  const { bundle, options } = wanted
  const { ignoreWarnings } = options
  const found = wanted.found ?? (await makeDeployment(session, wanted, made))
  if (found.bundle === bundle.version) return found
  const changes = { bundle: bundle.version, ignoreWarnings }
  const saved = await session.client.patch<DeploymentResource>(
    session.inProject`/deployments/${found.name}`,
    changes,
    found.version,
  )
  made.push({
    what: `deployment ${found.name} wants bundle ${bundle.version} instead of ${found.bundle}`,
    undo: [`deployment set ${found.name} --bundle ${bundle.name}@${found.bundle}`],
  })
  return saved
}

async function makeDeployment(
  session: Session,
  { key, bundle, place: { infra }, options }: Settled,
  made: Made[],
): Promise<DeploymentResource> {
  const { ignoreWarnings } = options
  const name = options.deployment ?? `${key}-on-${infra}`.slice(0, 63)
  const body = { name, infra, publishedProject: key, bundle: bundle.version, ignoreWarnings }
  try {
    const deployment = await session.client.post<DeploymentResource>(session.inProject`/deployments`, body)
    made.push({
      what: `deployment ${name}`,
      undo: [
        `deployment disable ${name}`,
        `deployment update ${name} --wait`,
        `deployment delete ${name} --yes`,
      ],
    })
    session.output.say(`deployment ${name} is created on ${infra}`)
    return deployment
  } catch (error) {
    const isThere = error instanceof CliError && error.code === 'already_exists'
    // Somebody else was a little faster; else the name is that of something else.
    const found = isThere ? await findDeployment(session, key, infra, options) : null
    if (found) return found
    throw error
  }
}

/** Starts the update of a deployment, or finds the one to the same bundle that runs already: who was interrupted asks again. */
export async function startOrFind(
  session: Session,
  { name, bundle }: DeploymentResource,
  { ignoreWarnings }: StepOptions,
): Promise<DeploymentUpdateResource> {
  try {
    const path = session.inProject`/deployments/${name}/updates`
    return await session.client.post<DeploymentUpdateResource>(path, { ignoreWarnings })
  } catch (error) {
    if (!(error instanceof CliError && error.code === 'conflict')) throw error
    const { lastUpdate } = await session.client.get<DeploymentResource>(
      session.inProject`/deployments/${name}`,
    )
    const isSame = lastUpdate?.status === 'Running' && lastUpdate.enabled && lastUpdate.bundle === bundle
    if (!isSame) throw error
    session.output.note(`its update to bundle ${bundle} runs already`)
    return await session.client.get<DeploymentUpdateResource>(
      session.inProject`/deployment-updates/${lastUpdate.id}`,
    )
  }
}

/** Somebody else may be a little faster. @returns whether it was made by this request */
async function unlessThere(made: Promise<unknown>): Promise<boolean> {
  try {
    await made
    return true
  } catch (error) {
    if (error instanceof CliError && error.code === 'already_exists') return false
    throw error
  }
}
