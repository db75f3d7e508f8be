import type { DeploymentUpdateView } from '../../control/deployer-verbs.ts'
import { type Ask, json, type Table } from './ask.ts'
import { notFound } from './errors.ts'
import { requireDeployment } from './find.ts'

const ONE = '/project-deployer/deployments/:deployment'

/** Drover keeps that many of a deployment. */
const MOST = 200
const MOST_LINES = 1000

export const updateRoutes: Table = {
  [`${ONE}/update`]: {
    GET: async (ask) => json((await listUpdates(ask)).map(presentSummary)),
  },
  [`${ONE}/last-update`]: {
    GET: async (ask) => {
      const [last] = await listUpdates(ask)
      if (!last) throw notFound(`deployment ${ask.params['deployment']} was never updated`)
      return json(await presentUpdate(ask, last))
    },
  },
  [`${ONE}/update/:timestamp`]: {
    GET: async (ask) => {
      const { deployment, timestamp } = ask.params
      const found = (await listUpdates(ask)).find(({ createdAt }) => String(createdAt) === timestamp)
      if (!found) throw notFound(`deployment ${deployment} has no update that began at ${timestamp}`)
      return json(await presentUpdate(ask, found))
    },
  },
}

/** Newest first. */
async function listUpdates(ask: Ask): Promise<readonly DeploymentUpdateView[]> {
  const { deployment } = await requireDeployment(ask)
  return (await ask.control.deployments.updates(ask.caller, deployment.id, { limit: MOST })).items
}

const STATUSES = {
  Running: 'RUNNING',
  Successful: 'SUCCESS',
  Failed: 'ERROR',
  Cancelled: 'ABORTED',
} as const satisfies Record<DeploymentUpdateView['status'], string>

function presentSummary({ createdAt, kind, status }: DeploymentUpdateView): object {
  return { startTimestamp: createdAt, type: kind.toUpperCase(), status: STATUSES[status] }
}

async function presentUpdate(ask: Ask, update: DeploymentUpdateView): Promise<object> {
  return {
    ...presentSummary(update),
    endTimestamp: update.endedAt,
    requester: update.createdBy,
    bundleId: update.bundleVersion,
    logs: { lines: await linesOf(ask, update) },
  }
}

/** What happened, oldest first, each with its reason; at the end how it stands. */
async function linesOf(
  { control, caller }: Ask,
  { updateId, because }: DeploymentUpdateView,
): Promise<string[]> {
  if (updateId === null) return [because]
  const page = { limit: MOST_LINES, sort: 'sequence' }
  const { items } = await control.events.list(caller, { update: updateId }, page)
  return [...items.map(({ at, because: said }) => `${new Date(at).toISOString()} ${said}`), because]
}
