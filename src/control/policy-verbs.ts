import type { Attributes } from '../domain/attributes.ts'
import type { JsonObject } from '../domain/ids.ts'
import type { AttachedPolicy, Policy } from '../domain/policy.ts'
import type { Properties } from '../domain/property.ts'
import type { Page, PageRequest } from '../store/page.ts'
import type { Caller } from './control.ts'
import type { NameInput } from './inputs.ts'
import type { ClusterAction } from './views.ts'

/** Rules that may be attached to clusters. */
export interface PolicyVerbs {
  /** @throws invalid_spec, already_exists */
  create(caller: Caller, input: CreatePolicyInput): Promise<Policy>
  /**
   * Says whether `create` would take it. Nothing is written.
   * @throws invalid_spec
   */
  validate(caller: Caller, input: PolicyInput): Promise<ValidatedPolicy>
  list(caller: Caller, filter: PolicyListFilter, page: PageRequest): Promise<Page<Policy>>
  /** @throws ambiguous */
  get(caller: Caller, ref: string): Promise<Policy>
  /** @throws already_exists */
  update(caller: Caller, ref: string, changes: PolicyChanges): Promise<Policy>
  /** @throws in_use while it is attached to a cluster */
  delete(caller: Caller, ref: string): Promise<Policy>
  /** In the order in which they are asked. */
  types(caller: Caller): Promise<readonly PolicyTypeView[]>
}

/**
 * Policies on a cluster. A change is an action of the cluster, so that it is in order with all others; whether it can be
 * made is known when the action ends. Every change raises `invalid_state` while the cluster is being deleted.
 */
export interface ClusterPolicyVerbs {
  /**
   * Attaching one that is attached changes nothing. The action fails if the cluster has one of that type and may have
   * only one, and if the type can do nothing for the cluster's nodes.
   * @throws limit_exceeded
   */
  attach(caller: Caller, cluster: string, input: AttachPolicyInput): Promise<ClusterAction>
  /** @throws not_found also when it is not attached */
  detach(caller: Caller, cluster: string, policy: string): Promise<ClusterAction>
  /** @throws not_found also when it is not attached */
  update(
    caller: Caller,
    cluster: string,
    policy: string,
    changes: { readonly enabled: boolean },
  ): Promise<ClusterAction>
  /** In the order in which they are asked. */
  list(caller: Caller, cluster: string, filter?: AttachedPolicyFilter): Promise<readonly AttachedPolicyView[]>
  /** @throws not_found also when it is not attached */
  get(caller: Caller, cluster: string, policy: string): Promise<AttachedPolicyView>
}

export interface PolicyInput {
  readonly type: string
  /** Of the type's property schema. Default: the newest. */
  readonly version?: string
  readonly properties: JsonObject
}

export interface CreatePolicyInput extends PolicyInput, NameInput {
  readonly description?: string | null
  readonly metadata?: JsonObject
  readonly attributes?: Attributes
}

export interface PolicyChanges extends Partial<NameInput> {
  readonly description?: string | null
  readonly metadata?: JsonObject
}

export interface PolicyListFilter {
  readonly name?: string | readonly string[]
  readonly type?: string | readonly string[]
}

export interface AttachPolicyInput {
  /** Id or name. */
  readonly policy: string
  /** Default true. */
  readonly enabled?: boolean
}

export interface AttachedPolicyFilter {
  readonly enabled?: boolean
  readonly name?: string
  readonly type?: string
}

/** A policy on a cluster, and the cluster's name. */
export interface AttachedPolicyView extends AttachedPolicy {
  readonly cluster: string
}

export interface ValidatedPolicy {
  readonly type: string
  readonly version: string
  readonly properties: JsonObject
}

export interface PolicyTypeView {
  readonly type: string
  readonly description: string
  /** Newest last. */
  readonly versions: readonly string[]
  /** JSON Schema of the properties, by version. */
  readonly schemas: Readonly<Record<string, JsonObject>>
  /** What the schemas are made from, for those who print them in another format. */
  readonly properties: Properties
  readonly priority: number
  readonly isRepeatable: boolean
  readonly unsupportedProfileTypes: readonly string[]
  /** Names of the actions it is asked before, and told of after. */
  readonly targets: { readonly before: readonly string[]; readonly after: readonly string[] }
}
