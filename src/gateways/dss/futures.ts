import type { DeploymentUpdateView } from '../../control/deployer-verbs.ts'
import { InvalidStateError } from '../../domain/errors.ts'
import type { Message } from '../../domain/message.ts'
import { type Ask, isTrue, json, NOTHING, type Operation, type Table } from './ask.ts'
import { updateFailed } from './errors.ts'
import { all } from './find.ts'
import { maxSeverity } from './present.ts'

/**
 * A future is the update of a deployment itself, and its id that update's: nothing is kept beside, and it is there after a restart
 * of the server, too.
 */
const ONE = '/futures/:future'

const list: Operation = async (ask) => {
  const { control, caller, query } = ask
  const deployments = await all((page) => control.deployments.list(caller, {}, page))
  const running = deployments
    .map(({ lastUpdate }) => lastUpdate)
    .filter((update) => update?.status === 'Running')
    .filter((update) => isTrue(query, 'allUsers') || update?.createdBy === caller.principal.name)
  const updates = await Promise.all(
    running.map((update) => control.deployments.getUpdate(caller, update?.id ?? '')),
  )
  return json(await Promise.all(updates.map((update) => presentState(ask, update, { withResult: false }))))
}

export const futureRoutes: Table = {
  '/futures': { GET: list },
  '/futures/': { GET: list },
  [ONE]: {
    GET: async (ask) => {
      const update = await findUpdate(ask)
      const isPeek = isTrue(ask.query, 'peek')
      // Its client asks until there is a result or an error, whatever else it is told.
      if (!isPeek && hasFailed(update)) throw updateFailed(describeFailure(update))
      return json(await presentState(ask, update, { withResult: !isPeek }))
    },
    DELETE: async (ask) => {
      const { id, deploymentId, status } = await findUpdate(ask)
      if (status !== 'Running') return NOTHING
      try {
        await ask.control.deployments.cancel(ask.caller, deploymentId, { update: id })
      } catch (error) {
        // It ended meanwhile: there is nothing to abort.
        if (!(error instanceof InvalidStateError) || (await findUpdate(ask)).status === 'Running') throw error
      }
      return NOTHING
    },
  },
}

function findUpdate(ask: Ask): Promise<DeploymentUpdateView> {
  return ask.control.deployments.getUpdate(ask.caller, ask.params['future'] ?? '')
}

/** How an update stands, as the state of a future. */
export async function presentState(
  ask: Ask,
  update: DeploymentUpdateView,
  { withResult }: { readonly withResult: boolean },
): Promise<object> {
  const { id, status, deployment, bundleVersion, createdAt, createdBy, endedAt, because } = update
  const hasResult = status === 'Successful'
  return {
    jobId: id,
    hasResult,
    ...(hasResult && withResult && { result: await presentResult(ask, update) }),
    alive: status === 'Running',
    aborted: status === 'Cancelled',
    unknown: false,
    jobDisplayName: `Update of ${deployment} to ${bundleVersion}`,
    owner: createdBy,
    startTime: createdAt,
    runningTime: Math.max(0, (endedAt ?? ask.clock.now()) - createdAt),
    progress: { states: [{ name: because }] },
  }
}

async function presentResult(ask: Ask, update: DeploymentUpdateView): Promise<object> {
  const { infra } = await ask.control.deployments.get(ask.caller, update.deploymentId)
  const message: Message = {
    severity: 'SUCCESS',
    isFatal: false,
    code: 'DEPLOYMENT_UPDATED',
    title: 'Deployment updated',
    message: update.because,
    details: '',
  }
  return {
    deploymentId: update.deployment,
    bundleId: update.bundleVersion,
    infraId: infra.name,
    success: true,
    messages: [message],
    maxSeverity: maxSeverity([message]),
  }
}

function hasFailed({ status }: DeploymentUpdateView): boolean {
  return status === 'Failed' || status === 'Cancelled'
}

function describeFailure({ deployment, status, because }: DeploymentUpdateView): string {
  const ended = status === 'Cancelled' ? 'was aborted' : 'failed'
  return `the update of deployment ${deployment} ${ended}: ${because}`
}
