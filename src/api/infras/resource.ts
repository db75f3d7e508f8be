import { type Static, Type } from 'typebox'
import type { InfraView } from '../../control/deployer-verbs.ts'
import { GOVERNANCE_POLICIES, type Infra } from '../../domain/infra.ts'
import type { UpdateParams } from '../../domain/update.ts'
import { PermissionsResource } from '../permissions.ts'
import { NullableInteger, NullableString, oneOf, record, Time, toTime } from '../schema.ts'
import { UpdateParamsInput } from '../updates/params.ts'

export const GovernanceWord = oneOf(
  GOVERNANCE_POLICIES,
  'What happens to a bundle that lacks what its rules ask for. PREVENT: it is refused. WARN: it is refused unless the request ignores warnings. NO_CHECK: nobody looks.',
)

const fields = {
  id: Type.String(),
  name: Type.String(),
  description: NullableString,
  stage: Type.String(),
  governance: GovernanceWord,
  profile: Type.Unsafe<string | null>({
    ...NullableString,
    description: 'Of its nodes, by name. Null: the project’s profile for deployments.',
  }),
  size: Type.Integer({ description: 'Nodes of a cluster that is made for a deployment.' }),
  minSize: Type.Integer(),
  maxSize: NullableInteger,
  updateDefaults: Type.Unsafe<Partial<UpdateParams>>({
    ...UpdateParamsInput,
    description: 'How updates of its deployments go.',
  }),
  permissions: PermissionsResource,
  createdAt: Time,
  createdBy: Type.String(),
  updatedAt: Time,
  version: Type.Integer({ description: 'Counts changes; the ETag.' }),
  deployments: Type.Array(record({ name: Type.String(), bundle: Type.String(), enabled: Type.Boolean() }), {
    description: 'That are on it, by name.',
  }),
  canDeploy: Type.Boolean({ description: 'Whether the caller may deploy to it.' }),
  isAdmin: Type.Boolean({ description: 'Whether the caller may change its rules.' }),
}

export const InfraResource = record(fields, {
  $id: 'Infra',
  description:
    'A place to deploy to: its stage, its rules, and how the clusters of its deployments are made.',
  examples: [
    {
      id: '0193e1a0-6c1e-7004-9a3b-5f5e0c9d1b2a',
      name: 'prod-east',
      description: null,
      stage: 'Production',
      governance: 'PREVENT',
      profile: null,
      size: 4,
      minSize: 0,
      maxSize: null,
      updateDefaults: { maxUnavailable: 1 },
      permissions: [{ group: 'release-managers', read: true, write: true, deploy: true, admin: false }],
      createdAt: '2026-11-21T10:00:00.000Z',
      createdBy: 'ops',
      updatedAt: '2026-11-21T10:00:00.000Z',
      version: 1,
      deployments: [{ name: 'quotes-prod', bundle: '1.4.0', enabled: true }],
      canDeploy: true,
      isAdmin: true,
    },
  ],
})

export function presentInfra(view: InfraView): Static<typeof InfraResource> {
  const { infra } = view
  return {
    ...settingsOf(infra),
    profile: view.profile?.name ?? null,
    deployments: view.deployments.map(({ name, bundleVersion, enabled }) => ({
      name,
      bundle: bundleVersion,
      enabled,
    })),
    canDeploy: view.canDeploy,
    isAdmin: view.isAdmin,
  }
}

function settingsOf(infra: Infra) {
  return {
    id: infra.id,
    name: infra.name,
    description: infra.description,
    stage: infra.stage,
    governance: infra.governance,
    size: infra.size,
    minSize: infra.minSize,
    maxSize: infra.maxSize,
    updateDefaults: infra.updateDefaults,
    permissions: infra.permissions,
    createdAt: toTime(infra.createdAt),
    createdBy: infra.createdBy,
    updatedAt: toTime(infra.updatedAt),
    version: infra.version,
  }
}
