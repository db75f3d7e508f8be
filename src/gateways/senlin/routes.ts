import { actionRoutes } from './actions.ts'
import { adoptionRoutes } from './adoption.ts'
import type { OpenTable, Table } from './ask.ts'
import { clusterActionRoutes } from './cluster-actions.ts'
import { clusterPolicyRoutes } from './cluster-policies.ts'
import { clusterRoutes } from './clusters.ts'
import { eventRoutes } from './events.ts'
import { nodeActionRoutes } from './node-actions.ts'
import { nodeRoutes } from './nodes.ts'
import { operationRoutes } from './operations.ts'
import { policyRoutes } from './policies.ts'
import { profileRoutes } from './profiles.ts'
import { receiverRoutes, webhookRoutes } from './receivers.ts'
import { serviceRoutes } from './services.ts'
import { typeRoutes } from './types.ts'
import { versionRoutes } from './versions.ts'

/** Every operation for which somebody has to say who they are. */
export const routes: Table = {
  ...serviceRoutes,
  ...typeRoutes,
  ...profileRoutes,
  ...clusterRoutes,
  ...policyRoutes,
  ...clusterActionRoutes,
  ...clusterPolicyRoutes,
  ...operationRoutes,
  ...adoptionRoutes,
  ...nodeRoutes,
  ...nodeActionRoutes,
  ...receiverRoutes,
  ...actionRoutes,
  ...eventRoutes,
}

/** Those that are open to everybody. */
export const openRoutes: OpenTable = { ...versionRoutes, ...webhookRoutes }
