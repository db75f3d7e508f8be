import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import type { TSchema } from 'typebox'
import { AcceptedResource } from './accepted.ts'
import { AccessKeyResource, NewAccessKeyResource } from './access-keys/resource.ts'
import { ActionResource } from './actions/resource.ts'
import { ApiKeyResource, NewApiKeyResource } from './api-keys/resource.ts'
import { BucketResource, ObjectResource } from './buckets/resource.ts'
import { BundleResource } from './bundles/resource.ts'
import { ClusterDetailResource, ClusterResource } from './clusters/resource.ts'
import {
  DeploymentResource,
  DeploymentStatusResource,
  DeploymentUpdateHead,
  DeploymentUpdateResource,
  MessageOfDeployer,
} from './deployments/resource.ts'
import { EnvironmentResource } from './environments/resource.ts'
import { EventResource } from './events/resource.ts'
import { GatewayResource } from './gateways/routes.ts'
import {
  BundleSignatureResource,
  BundleStatusResource,
  DelegationResource,
  GovernanceResource,
  SigningKeyResource,
  SignOffResource,
  StageRuleResource,
} from './governance/resource.ts'
import { InfraResource } from './infras/resource.ts'
import { EndpointResource, NodeResource } from './nodes/resource.ts'
import {
  ClusterPolicyResource,
  PolicyResource,
  PolicyTypeResource,
  ValidPolicyResource,
} from './policies/resource.ts'
import { PoolDetailResource, PoolResource, UpdateInFlight } from './pools/resource.ts'
import { Problem } from './problem.ts'
import { ProfileResource, ProfileTypeResource, ValidProfileResource } from './profiles/resource.ts'
import { ProjectResource } from './projects/resource.ts'
import { PublishedProjectResource } from './published-projects/resource.ts'
import {
  MessageResource,
  NewReceiverResource,
  ReceiverResource,
  TriggeredResource,
} from './receivers/resource.ts'
import { RevisionComparisonResource } from './revisions/comparison-resource.ts'
import { ListedRevisionResource, RevisionResource, RevisionSpecResource } from './revisions/resource.ts'
import { StagesResource } from './stages/routes.ts'
import { GroupSyncResource, NodeSyncResource } from './sync.ts'
import { EngineResource, IdentityResource } from './system/routes.ts'
import { NewTokenResource, TokenResource } from './tokens/resource.ts'
import { UpdateExplanationResource, UpdateHistoryResource } from './updates/insight-resource.ts'
import { UpdateParamsResource } from './updates/params.ts'
import { UpdatePlanResource, UpdateWarningResource } from './updates/plan-resource.ts'
import { UpdateNodeResource, UpdateResource } from './updates/resource.ts'
import { StartedUpdateResource } from './updates/start-routes.ts'
import {
  ApplicationCredentialResource,
  NewApplicationCredentialResource,
  NewUserResource,
  UserResource,
} from './users/resource.ts'
import { PlatformVersionResource, VersionChangeResource } from './versions/resource.ts'

/** Every schema that has a name in the document. */
const resources: readonly TSchema[] = [
  Problem,
  IdentityResource,
  EngineResource,
  ProjectResource,
  ApiKeyResource,
  NewApiKeyResource,
  AccessKeyResource,
  NewAccessKeyResource,
  UserResource,
  NewUserResource,
  ApplicationCredentialResource,
  NewApplicationCredentialResource,
  TokenResource,
  NewTokenResource,
  GatewayResource,
  BundleResource,
  BucketResource,
  ObjectResource,
  ProfileResource,
  ProfileTypeResource,
  EnvironmentResource,
  ValidProfileResource,
  ClusterResource,
  ClusterDetailResource,
  PoolResource,
  PoolDetailResource,
  NodeSyncResource,
  GroupSyncResource,
  UpdateInFlight,
  RevisionSpecResource,
  RevisionResource,
  ListedRevisionResource,
  RevisionComparisonResource,
  PlatformVersionResource,
  VersionChangeResource,
  EndpointResource,
  NodeResource,
  UpdateParamsResource,
  UpdateResource,
  UpdateNodeResource,
  UpdateExplanationResource,
  UpdateHistoryResource,
  UpdatePlanResource,
  UpdateWarningResource,
  StartedUpdateResource,
  PolicyResource,
  PolicyTypeResource,
  ValidPolicyResource,
  ClusterPolicyResource,
  ActionResource,
  AcceptedResource,
  StagesResource,
  InfraResource,
  PublishedProjectResource,
  MessageOfDeployer,
  DeploymentUpdateHead,
  DeploymentResource,
  DeploymentStatusResource,
  DeploymentUpdateResource,
  SignOffResource,
  StageRuleResource,
  GovernanceResource,
  SigningKeyResource,
  BundleSignatureResource,
  DelegationResource,
  BundleStatusResource,
  ReceiverResource,
  NewReceiverResource,
  TriggeredResource,
  MessageResource,
  EventResource,
]

const TAGS = [
  ['System', 'The program itself, and who you are to it.'],
  ['Projects', 'Tenants.'],
  ['API keys', 'Credentials.'],
  ['Access keys', "What cloud vendors' clients sign their requests with."],
  ['Users', 'Who logs in with a name and a password.'],
  ['Application credentials', 'Secrets with which programs log in for a user.'],
  ['Tokens', 'What a login gives.'],
  ['Buckets', 'Where code lies before it is a bundle, in versions.'],
  ['Bundles', 'Code to run.'],
  ['Profiles', 'What a node is.'],
  ['Environments', 'Named spaces for clusters inside a project.'],
  ['Clusters', 'Nodes that are managed together.'],
  ['Node pools', 'Groups of like nodes.'],
  ['Nodes', 'What runs.'],
  ['Revisions', 'What nodes run, as a history.'],
  ['Updates', 'Moving nodes from one revision to another.'],
  ['Versions', 'Moving clusters from one version of the catalogue to another.'],
  ['Deployments', 'Which version runs where, who allowed it, and whether it is healthy.'],
  ['Governance', 'What bundles need before they are deployed: approvals and signatures.'],
  ['Receivers', 'Addresses that trigger an action when they are called.'],
  ['Policies', 'Rules that are asked before actions of a cluster.'],
  ['Actions', 'Work that takes time.'],
  ['Events', 'Everything that happened.'],
] as const

const INTRODUCTION = `Everything that can be asked of Drover.

**Credential.** Send an API key, or the token of a user who logged in, as \`Authorization: Bearer drover_…\`.

**Lists** answer \`{ items, nextCursor }\`; hand \`nextCursor\` back as \`cursor\` for the next page, or follow the \`Link\` header. Filters marked repeatable take several values.

**Work that takes time** answers 202 with a \`Location\` to look at.

**Repeating.** A POST with an \`Idempotency-Key\` can be repeated within 10 minutes: the answer is repeated, not the effect.

**Changing settings.** GET answers an \`ETag\`; send it back as \`If-Match\` with PATCH, and the change is made only if nobody was faster.

**Errors** are problem details (RFC 9457). Programs look at \`code\`; \`field\` names the part of the request that broke a rule.`

/** Gathers the routes that follow into an OpenAPI 3.1 document: what `api.swagger()` gives from then on. */
export async function useOpenapi(api: FastifyInstance, version: string): Promise<void> {
  await api.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Drover REST API',
        version,
        description: INTRODUCTION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      tags: TAGS.map(([name, description]) => ({ name, description })),
      servers: [{ url: '/' }],
      components: {
        securitySchemes: { apiKey: { type: 'http', scheme: 'bearer', description: 'An API key.' } },
      },
      security: [{ apiKey: [] }],
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) => String(json['$id'] ?? `Schema${index}`),
    },
  })
  for (const resource of resources) api.addSchema(resource)
}
