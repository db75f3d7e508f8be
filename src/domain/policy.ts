import type { Attributes } from './attributes.ts'
import type { ClusterId, EpochMs, JsonObject, PolicyBindingId, PolicyId, ProjectId } from './ids.ts'

/**
 * A rule that is asked before actions of the clusters it is attached to, and told after them. What it says never
 * changes; `type` and `version` name the schema of its properties (src/policies).
 */
export interface Policy {
  readonly id: PolicyId
  readonly projectId: ProjectId
  readonly name: string
  readonly type: string
  readonly version: string
  /** As given; defaults are filled in when it is asked. */
  readonly properties: JsonObject
  readonly description: string | null
  readonly metadata: JsonObject
  /** Never changes. */
  readonly attributes: Attributes
  /** What it keeps beside its properties. */
  readonly data: JsonObject
  readonly createdBy: string
  readonly createdAt: EpochMs
  /** When name, description or metadata last changed; null for never. */
  readonly updatedAt: EpochMs | null
}

/** A policy on a cluster. The engine alone writes it, by actions of the cluster. */
export interface PolicyBinding {
  readonly id: PolicyBindingId
  readonly projectId: ProjectId
  readonly clusterId: ClusterId
  readonly policyId: PolicyId
  /** A disabled one stays, and is not asked. */
  readonly enabled: boolean
  /** Policies are asked in ascending priority. */
  readonly priority: number
  /** What it remembers between actions. */
  readonly data: JsonObject
  /** When an action that it decided about last succeeded. */
  readonly lastOperationAt: EpochMs | null
  readonly createdBy: string
  readonly createdAt: EpochMs
  readonly updatedAt: EpochMs
}

/** A policy on a cluster, with what it says. */
export interface AttachedPolicy {
  readonly policy: Policy
  readonly binding: PolicyBinding
}
