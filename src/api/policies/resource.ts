import { type Static, Type } from 'typebox'
import type { AttachedPolicyView, PolicyTypeView } from '../../control/policy-verbs.ts'
import type { Policy } from '../../domain/policy.ts'
import { FreeObject, NullableString, OptionalTime, record, Time, toOptionalTime, toTime } from '../schema.ts'

const example = {
  id: '0193e1a0-6c1e-7000-8a3b-5f5e0c9d1b2a',
  name: 'slowly',
  type: 'batch',
  version: '1.0',
  properties: { maxBatchSize: 2, pauseTime: 30 },
}

export const PolicyResource = record(
  {
    id: Type.String(),
    name: Type.String(),
    type: Type.String({ description: 'One of the policy types.' }),
    version: Type.String({ description: 'Of the type’s property schema.' }),
    properties: FreeObject,
    description: NullableString,
    metadata: FreeObject,
    createdBy: Type.String({ description: 'Who made it.' }),
    createdAt: Time,
    updatedAt: OptionalTime,
  },
  {
    $id: 'Policy',
    description: 'A rule that is asked before actions of the clusters it is attached to.',
    examples: [
      {
        ...example,
        description: null,
        metadata: {},
        createdBy: 'ada',
        createdAt: '2026-11-21T10:00:00.000Z',
        updatedAt: null,
      },
    ],
  },
)

const Actions = Type.Array(Type.String(), { description: 'Names of actions.' })

export const PolicyTypeResource = record(
  {
    type: Type.String(),
    description: Type.String(),
    versions: Type.Array(Type.String(), { description: 'Newest last.' }),
    propertiesSchemas: FreeObject,
    priority: Type.Integer({ description: 'Policies are asked in ascending order.' }),
    repeatable: Type.Boolean({ description: 'Whether a cluster may have several of this type.' }),
    unsupportedProfileTypes: Type.Array(Type.String(), {
      description: 'Profile types whose nodes it can do nothing for.',
    }),
    before: Actions,
    after: Actions,
  },
  {
    $id: 'PolicyType',
    description:
      'A kind of policy, with the JSON Schema of its properties by version, and the actions it is asked before and told of after.',
    examples: [
      {
        type: 'batch',
        description: 'In what portions an update goes through the nodes.',
        versions: ['1.0'],
        propertiesSchemas: { '1.0': { type: 'object' } },
        priority: 200,
        repeatable: false,
        unsupportedProfileTypes: [],
        before: ['CLUSTER_UPDATE'],
        after: [],
      },
    ],
  },
)

export const ValidPolicyResource = record(
  { type: Type.String(), version: Type.String(), properties: FreeObject },
  {
    $id: 'ValidPolicy',
    description: 'A policy as it would be kept, with its version filled in.',
    examples: [{ type: example.type, version: example.version, properties: example.properties }],
  },
)

export const ClusterPolicyResource = record(
  {
    id: Type.String({ description: 'Of the attachment.' }),
    cluster: Type.String(),
    clusterId: Type.String(),
    policy: Type.String(),
    policyId: Type.String(),
    type: Type.String(),
    enabled: Type.Boolean({ description: 'A disabled one is not asked.' }),
    priority: Type.Integer(),
    data: FreeObject,
    lastOperationAt: OptionalTime,
    createdBy: Type.String(),
    createdAt: Time,
    updatedAt: Time,
  },
  {
    $id: 'ClusterPolicy',
    description: 'A policy on a cluster. `data` and `lastOperationAt` are what it remembers between actions.',
    examples: [
      {
        id: '0193e1a0-6c1e-7000-8a3b-5f5e0c9d1b2c',
        cluster: 'web',
        clusterId: '0193e1a0-6c1e-7000-8a3b-5f5e0c9d1b2b',
        policy: example.name,
        policyId: example.id,
        type: example.type,
        enabled: true,
        priority: 200,
        data: {},
        lastOperationAt: null,
        createdBy: 'ada',
        createdAt: '2026-11-21T10:00:00.000Z',
        updatedAt: '2026-11-21T10:00:00.000Z',
      },
    ],
  },
)

export function presentPolicy(policy: Policy): Static<typeof PolicyResource> {
  const { id, name, type, version, properties, description, metadata, createdBy } = policy
  return {
    ...{ id, name, type, version, properties, description, metadata, createdBy },
    createdAt: toTime(policy.createdAt),
    updatedAt: toOptionalTime(policy.updatedAt),
  }
}

export function presentPolicyType(view: PolicyTypeView): Static<typeof PolicyTypeResource> {
  const { type, description, priority } = view
  return {
    ...{ type, description, priority },
    versions: [...view.versions],
    propertiesSchemas: view.schemas,
    repeatable: view.isRepeatable,
    unsupportedProfileTypes: [...view.unsupportedProfileTypes],
    before: [...view.targets.before],
    after: [...view.targets.after],
  }
}

export function presentClusterPolicy({
  cluster,
  policy,
  binding,
}: AttachedPolicyView): Static<typeof ClusterPolicyResource> {
  const { id, clusterId, enabled, priority, data, createdBy } = binding
  return {
    ...{ id, cluster, clusterId, policy: policy.name, policyId: policy.id, type: policy.type },
    ...{ enabled, priority, data, createdBy },
    lastOperationAt: toOptionalTime(binding.lastOperationAt),
    createdAt: toTime(binding.createdAt),
    updatedAt: toTime(binding.updatedAt),
  }
}
