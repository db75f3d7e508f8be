import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { accessKeyRoutes } from './access-keys/routes.ts'
import { queueRoutes } from './actions/queue-routes.ts'
import { actionRoutes } from './actions/routes.ts'
import type { ApiDeps } from './api.ts'
import { apiKeyRoutes } from './api-keys/routes.ts'
import { objectRoutes } from './buckets/object-routes.ts'
import { bucketRoutes } from './buckets/routes.ts'
import { fetchRoutes } from './bundles/fetch-routes.ts'
import { bundleRoutes } from './bundles/routes.ts'
import { useUploads } from './bundles/upload.ts'
import { clusterRoutes } from './clusters/routes.ts'
import { clusterWorkRoutes } from './clusters/work-routes.ts'
import { deploymentRoutes } from './deployments/routes.ts'
import { deploymentUpdateRoutes } from './deployments/update-routes.ts'
import { environmentRoutes } from './environments/routes.ts'
import { eventRoutes } from './events/routes.ts'
import { gatewayRoutes } from './gateways/routes.ts'
import { approvalRoutes } from './governance/approval-routes.ts'
import { governanceRoutes } from './governance/rule-routes.ts'
import { trustRoutes } from './governance/trust-routes.ts'
import { infraRoutes } from './infras/routes.ts'
import { logRoutes } from './nodes/log-routes.ts'
import { nodeMoveRoutes } from './nodes/move-routes.ts'
import { oneNodeRoutes } from './nodes/one-routes.ts'
import { nodeOperationRoutes } from './nodes/operation-routes.ts'
import { projectNodeRoutes } from './nodes/project-routes.ts'
import { nodeRoutes } from './nodes/routes.ts'
import { clusterPolicyRoutes } from './policies/cluster-routes.ts'
import { policyRoutes } from './policies/routes.ts'
import { poolRoutes } from './pools/routes.ts'
import { profileRoutes } from './profiles/routes.ts'
import { projectRoutes } from './projects/routes.ts'
import { publishedProjectRoutes } from './published-projects/routes.ts'
import { receiverRoutes } from './receivers/routes.ts'
import { triggerRoutes } from './receivers/trigger-routes.ts'
import { revisionRoutes } from './revisions/routes.ts'
import { stageRoutes } from './stages/routes.ts'
import { systemRoutes } from './system/routes.ts'
import { tokenRoutes } from './tokens/routes.ts'
import { updateInsightRoutes } from './updates/insight-routes.ts'
import { updateRoutes } from './updates/routes.ts'
import { startUpdateRoutes } from './updates/start-routes.ts'
import { watchRoutes } from './updates/watch-routes.ts'
import { applicationCredentialRoutes } from './users/application-credential-routes.ts'
import { userRoutes } from './users/routes.ts'
import { versionRoutes } from './versions/routes.ts'

/** Adds every route of the REST API. */
export async function addRoutes(scope: FastifyInstance, deps: ApiDeps): Promise<void> {
  const api = scope.withTypeProvider<TypeBoxTypeProvider>()
  const groups = [
    systemRoutes,
    projectRoutes,
    apiKeyRoutes,
    accessKeyRoutes,
    userRoutes,
    applicationCredentialRoutes,
    tokenRoutes,
    gatewayRoutes,
    fetchRoutes,
    bucketRoutes,
    profileRoutes,
    environmentRoutes,
    clusterRoutes,
    clusterWorkRoutes,
    poolRoutes,
    nodeRoutes,
    nodeMoveRoutes,
    nodeOperationRoutes,
    projectNodeRoutes,
    oneNodeRoutes,
    logRoutes,
    revisionRoutes,
    startUpdateRoutes,
    updateRoutes,
    updateInsightRoutes,
    watchRoutes,
    versionRoutes,
    stageRoutes,
    infraRoutes,
    publishedProjectRoutes,
    deploymentRoutes,
    deploymentUpdateRoutes,
    approvalRoutes,
    governanceRoutes,
    trustRoutes,
    receiverRoutes,
    triggerRoutes,
    policyRoutes,
    clusterPolicyRoutes,
    actionRoutes,
    queueRoutes,
    eventRoutes,
  ]
  for (const add of groups) add(api, deps)
  // Uploads have content types of their own, which no other route may see.
  await api.register(async (scope) => {
    const uploads = scope.withTypeProvider<TypeBoxTypeProvider>()
    await useUploads(uploads)
    bundleRoutes(uploads, deps)
    objectRoutes(uploads, deps)
  })
}
