import type { Action } from '../domain/action.ts'
import type { Bundle } from '../domain/bundle.ts'
import type { Cluster, NodePool } from '../domain/cluster.ts'
import type { Engine } from '../domain/engine.ts'
import type { Event } from '../domain/event.ts'
import type { JsonObject, NodeId, RevisionId } from '../domain/ids.ts'
import type { ApiKey, Project } from '../domain/principal.ts'
import type { Profile } from '../domain/profile.ts'
import type { Message, Receiver } from '../domain/receiver.ts'
import type { Revision } from '../domain/revision.ts'
import type { Update } from '../domain/update.ts'
import type { LogOptions } from '../runtimes/runtime.ts'
import type { Page, PageRequest } from '../store/page.ts'
import type { AttributesPatch } from './attributes.ts'
import type { BundleListFilter, FetchBundleInput, PublishBundleInput } from './bundle-inputs.ts'
import type { Configuration, PoolConfiguration } from './configure.ts'
import type { Asker, Caller } from './control.ts'
import type { CreateApiKeyInput } from './identity-inputs.ts'
import type {
  ActionListFilter,
  AddNodesInput,
  AdjustInput,
  CancelInput,
  ChooseNodesInput,
  ClusterChange,
  ClusterChanges,
  ClusterListFilter,
  CreateClusterInput,
  CreateNodeInput,
  CreatePoolInput,
  CreateReceiverInput,
  EventListFilter,
  Match,
  MessageListFilter,
  MessageSender,
  NewMessage,
  ObjectEventFilter,
  PoolChanges,
  ReceiverChanges,
  ReceiverListFilter,
  ResizeInput,
  RollbackInput,
  ScaleInput,
  StartUpdateInput,
  UpdateListFilter,
  WebhookCall,
} from './inputs.ts'
import type {
  AdoptionInput,
  AdoptNodeInput,
  ClusterOperationInput,
  CreateMemberInput,
  CreateStandaloneNodeInput,
  DeleteNodeInput,
  JoinNodesInput,
  NodeChanges,
  NodeListFilter,
  OperationInput,
  RecoverClusterInput,
  RecoverInput,
  ReplaceWithInput,
} from './node-inputs.ts'
import type { CreateProfileInput, ProfileChanges, ProfileInput, ProfileListFilter } from './profile-inputs.ts'
import type {
  ActionView,
  AdoptedNode,
  ClusterAction,
  ClusterView,
  ClusterWithNodes,
  ConsumedMessages,
  CreatedApiKey,
  CreatedNode,
  CreatedPool,
  CreatedReceiver,
  DownloadedBundle,
  EventView,
  ForewarnedUpdate,
  HookMessage,
  NodeAction,
  NodeView,
  PoolAction,
  PoolView,
  ProfileType,
  RevisionComparison,
  RevisionView,
  TriggeredAction,
  UpdatedNode,
  UpdateExplanation,
  UpdateHistory,
  UpdateNodeView,
  UpdatePlan,
  UpdateView,
  ValidatedProfile,
} from './views.ts'

/** `create` needs the role administrator in all projects. */
export interface ProjectVerbs {
  /** @throws already_exists */
  create(asker: Asker, input: { readonly name: string }): Promise<Project>
  /** Those the asker has a role in. */
  list(asker: Asker, page: PageRequest): Promise<Page<Project>>
  get(asker: Asker, ref: string): Promise<Project>
}

/** Need the role administrator in all projects, or in each project the key has a grant for. */
export interface ApiKeyVerbs {
  /** @throws already_exists */
  create(asker: Asker, input: CreateApiKeyInput): Promise<CreatedApiKey>
  /** Those the asker may administer. */
  list(asker: Asker, page: PageRequest): Promise<Page<ApiKey>>
  /** Works at once in this process, within seconds in others. Again: the same answer. */
  revoke(asker: Asker, id: string): Promise<ApiKey>
}

export interface BundleVerbs {
  /**
   * Publishing the same bytes under the same name and version again answers with the bundle that is there.
   * @throws invalid_bundle, too_large, already_exists (other bytes under that name and version)
   */
  publish(caller: Caller, input: PublishBundleInput): Promise<Bundle>
  /**
   * Publishes an object of a bucket. The same version of the same object again answers with the bundle that was made of
   * it, and fetches nothing. What was begun goes on to its end, whoever waits for it.
   * @throws not_found (bucket, object, version), source_failed, timed_out, too_large, invalid_bundle, already_exists
   *   (only under a version that was asked for)
   */
  publishFrom(caller: Caller, input: FetchBundleInput): Promise<Bundle>
  list(caller: Caller, filter: BundleListFilter, page: PageRequest): Promise<Page<Bundle>>
  get(caller: Caller, ref: string): Promise<Bundle>
  /** @throws in_use */
  delete(caller: Caller, ref: string): Promise<Bundle>
  download(caller: Caller, ref: string): Promise<DownloadedBundle>
}

export interface ProfileVerbs {
  /** @throws invalid_spec, already_exists */
  create(caller: Caller, input: CreateProfileInput): Promise<Profile>
  /**
   * What `create` would keep, with defaults filled in. Nothing is written.
   * @throws invalid_spec
   */
  validate(caller: Caller, input: ProfileInput): Promise<ValidatedProfile>
  list(caller: Caller, filter: ProfileListFilter, page: PageRequest): Promise<Page<Profile>>
  get(caller: Caller, ref: string): Promise<Profile>
  /** Its name and metadata; what it says stays. @throws already_exists */
  update(caller: Caller, ref: string, changes: ProfileChanges): Promise<Profile>
  /** @throws in_use */
  delete(caller: Caller, ref: string): Promise<Profile>
  types(caller: Caller): Promise<readonly ProfileType[]>
}

/** Every change raises `invalid_state` while the cluster is being deleted. */
export interface ClusterVerbs {
  /** @throws invalid_spec, already_exists, limit_exceeded */
  create(caller: Caller, input: CreateClusterInput): Promise<CreatedPool>
  list(caller: Caller, filter: ClusterListFilter, page: PageRequest): Promise<Page<ClusterView>>
  get(caller: Caller, ref: string): Promise<ClusterView>
  /** `list` and `get`, with the ids of the nodes. */
  listWithNodes(caller: Caller, filter: ClusterListFilter, page: PageRequest): Promise<Page<ClusterWithNodes>>
  getWithNodes(caller: Caller, ref: string): Promise<ClusterWithNodes>
  /** @throws already_exists, precondition_failed */
  update(caller: Caller, ref: string, changes: ClusterChanges, match?: Match): Promise<Cluster>
  /**
   * Settings and profile in one request, under an action `CLUSTER_UPDATE` in any case.
   * @throws invalid_request when nothing differs (field `changes`) or the profile is of another type (`profile`), and
   *   what `updates.start` raises
   */
  change(caller: Caller, ref: string, change: ClusterChange): Promise<ClusterAction>
  /** What an API keeps with it, or its tags. */
  setAttributes(caller: Caller, ref: string, change: AttributesPatch): Promise<Cluster>
  /** @throws limit_exceeded */
  resize(caller: Caller, ref: string, input: ResizeInput): Promise<PoolAction>
  /** By a number or a percentage, within bounds or cut to them. @throws limit_exceeded, conflict (`exclusive`) */
  adjust(caller: Caller, ref: string, input: AdjustInput): Promise<PoolAction>
  /** @throws limit_exceeded, cooldown, conflict (another action changes the size, and `exclusive` or a policy) */
  scaleOut(caller: Caller, ref: string, input: ScaleInput): Promise<PoolAction>
  /** @throws what `scaleOut` does */
  scaleIn(caller: Caller, ref: string, input: ScaleInput): Promise<PoolAction>
  check(caller: Caller, ref: string): Promise<ClusterAction>
  recover(caller: Caller, ref: string, input?: RecoverClusterInput): Promise<ClusterAction>
  /** @throws invalid_request for an operation that the nodes' type does not know, or filters that no node matches */
  operate(caller: Caller, ref: string, input: ClusterOperationInput): Promise<ClusterAction>
  /** What an API keeps with it, with an action for that API's list of changes. @throws conflict, invalid_state (no change) */
  configure(caller: Caller, ref: string, input: Configuration): Promise<ClusterAction>
  /**
   * Again: answers with the deletion that is under way.
   * @throws in_use when it has pools, and was to be deleted only if it has none beside an empty DefaultPool
   */
  delete(caller: Caller, ref: string, only?: { readonly ifEmpty: true }): Promise<ClusterAction>
}

export interface PoolVerbs {
  /** @throws invalid_spec, already_exists, limit_exceeded */
  create(caller: Caller, cluster: string, input: CreatePoolInput): Promise<CreatedPool>
  list(caller: Caller, cluster: string): Promise<readonly PoolView[]>
  get(caller: Caller, cluster: string, pool: string): Promise<PoolView>
  /** @throws precondition_failed, limit_exceeded, invalid_spec, conflict (an update holds the pool, and software is named) */
  update(
    caller: Caller,
    cluster: string,
    pool: string,
    changes: PoolChanges,
    match?: Match,
  ): Promise<NodePool>
  /** Settings, sizes and what an API keeps with it. @throws limit_exceeded, conflict, invalid_state (no change) */
  configure(caller: Caller, cluster: string, pool: string, input: PoolConfiguration): Promise<PoolAction>
  /** What an API keeps with it, or its tags. */
  setAttributes(caller: Caller, cluster: string, pool: string, change: AttributesPatch): Promise<NodePool>
  /**
   * Again: answers with the deletion that is under way.
   * @throws invalid_state for DefaultPool, conflict while an update is in flight on it
   */
  delete(caller: Caller, cluster: string, pool: string): Promise<PoolAction>
}

/** A cluster of null means: wherever the node is, also in none. */
export interface NodeVerbs {
  list(caller: Caller, filter: NodeListFilter, page: PageRequest): Promise<Page<NodeView>>
  get(caller: Caller, cluster: string | null, node: string): Promise<NodeView>
  /** @throws already_exists, limit_exceeded */
  create(caller: Caller, cluster: string, input: CreateNodeInput): Promise<PoolAction>
  /** @throws limit_exceeded */
  add(caller: Caller, cluster: string, input: AddNodesInput): Promise<PoolAction>
  /** @throws limit_exceeded when fewer than the pool's smallest size would be left */
  remove(caller: Caller, cluster: string, input: ChooseNodesInput): Promise<PoolAction>
  /** `remove` of one; a node without a cluster is deleted. */
  delete(caller: Caller, cluster: string | null, node: string, input?: DeleteNodeInput): Promise<NodeAction>
  replace(caller: Caller, cluster: string, input: ChooseNodesInput): Promise<PoolAction>
  check(caller: Caller, cluster: string | null, node: string): Promise<NodeAction>
  recover(caller: Caller, cluster: string | null, node: string, input?: RecoverInput): Promise<NodeAction>
  /** @throws invalid_request for an operation that the node's type does not know, or wrong parameters */
  operate(caller: Caller, cluster: string | null, node: string, input: OperationInput): Promise<NodeAction>
  /** Nothing is written. @throws runtime_failed when there is no such thing, invalid_state for a type that cannot */
  previewAdoption(caller: Caller, input: AdoptionInput): Promise<ValidatedProfile>
  /** A node without a cluster, with a profile of its own. @throws as `previewAdoption`, already_exists */
  adopt(caller: Caller, input: AdoptNodeInput): Promise<AdoptedNode>
  /**
   * What its owner says of a node is changed at once. Another profile, of the same type, is put on it by an action.
   * @throws already_exists, invalid_spec, conflict (an update holds its pool), invalid_state (it is being removed)
   */
  update(caller: Caller, cluster: string | null, node: string, changes: NodeChanges): Promise<UpdatedNode>
  /**
   * One more node in a cluster, which is there at once and named by the cluster's pattern.
   * @throws invalid_spec, limit_exceeded, invalid_request (field `profile`: it is of another type)
   */
  createMember(caller: Caller, cluster: string, input: CreateMemberInput): Promise<CreatedNode>
  /** A node that belongs to no cluster. @throws already_exists, invalid_spec */
  createStandalone(caller: Caller, input: CreateStandaloneNodeInput): Promise<CreatedNode>
  /**
   * Takes nodes without a cluster into a pool as they are; its desired capacity grows by those that come.
   * @throws invalid_request saying of each node that cannot join why, limit_exceeded
   */
  join(caller: Caller, cluster: string, input: JoinNodesInput): Promise<PoolAction>
  /** Lets nodes go on without the cluster; the pool becomes smaller by them. @throws limit_exceeded, invalid_state */
  leave(caller: Caller, cluster: string, input: ChooseNodesInput): Promise<PoolAction>
  /** Nodes without a cluster take the places of members, which go on without it. @throws invalid_request */
  replaceWith(caller: Caller, cluster: string, input: ReplaceWithInput): Promise<PoolAction>
  /** What their runtimes know of them beyond what all do, of those that run and whose runtime knows more. */
  details(caller: Caller, nodes: readonly NodeId[]): Promise<ReadonlyMap<NodeId, JsonObject>>
  /** @throws invalid_state when the node's runtime keeps no logs */
  logs(
    caller: Caller,
    cluster: string | null,
    node: string,
    options: LogOptions,
  ): Promise<AsyncIterable<Uint8Array>>
}

export interface RevisionVerbs {
  /** @param pool id or name, `DefaultPool` if undefined */
  list(
    caller: Caller,
    cluster: string,
    pool: string | undefined,
    page: PageRequest,
  ): Promise<Page<RevisionView>>
  get(caller: Caller, cluster: string, pool: string | undefined, number: number): Promise<RevisionView>
  /** What two revisions of a pool say differently, and which files of their bundles differ. */
  compare(
    caller: Caller,
    cluster: string,
    pool: string | undefined,
    numbers: { readonly from: number; readonly to: number },
  ): Promise<RevisionComparison>
  /** Several at once, at most 1000; those that are not kept, or not in this project, are left out. */
  load(caller: Caller, ids: readonly RevisionId[]): Promise<ReadonlyMap<RevisionId, Revision>>
}

export interface UpdateVerbs {
  /** @throws invalid_spec, conflict (another update holds the pool), limit_exceeded */
  start(caller: Caller, cluster: string, input: StartUpdateInput): Promise<ForewarnedUpdate>
  /** @throws not_found for a revision that is not kept any more, conflict */
  rollback(caller: Caller, cluster: string, input: RollbackInput): Promise<ForewarnedUpdate>
  /** Says what `start` would do; nothing is written. @throws what `start` would, conflict aside */
  plan(caller: Caller, cluster: string, input: StartUpdateInput): Promise<UpdatePlan>
  /** {@link plan} for `rollback`. */
  planRollback(caller: Caller, cluster: string, input: RollbackInput): Promise<UpdatePlan>
  get(caller: Caller, id: string): Promise<UpdateView>
  list(caller: Caller, filter: UpdateListFilter, page: PageRequest): Promise<Page<UpdateView>>
  /** The pool's nodes, or the chosen ones, by index. */
  nodes(caller: Caller, id: string, page: PageRequest): Promise<Page<UpdateNodeView>>
  /** Says in words what it waits for, since when, and what would move it. */
  explain(caller: Caller, id: string): Promise<UpdateExplanation>
  /** Who asked what of it and when, and how long its nodes took. */
  history(caller: Caller, id: string): Promise<UpdateHistory>
  /** Twice is the same as once; a `roll-back` may be escalated to `stop-here`. @throws invalid_state once it ended */
  cancel(caller: Caller, id: string, input: CancelInput): Promise<Update>
  /** Again: the same answer. @throws invalid_state once it ended */
  pause(caller: Caller, id: string, input: { readonly reason?: string }): Promise<Update>
  /** @throws invalid_state when it is not paused */
  resume(caller: Caller, id: string): Promise<Update>
  /** Says to go on at the checkpoint it holds at; again: the same answer. @throws invalid_state when it holds at none */
  continue(caller: Caller, id: string): Promise<Update>
}

export interface ActionVerbs {
  list(caller: Caller, filter: ActionListFilter, page: PageRequest): Promise<Page<ActionView>>
  get(caller: Caller, id: string): Promise<ActionView>
  /**
   * What has begun ends its steps, and nothing more begins; with `force` it ends at once, and its steps are broken off.
   * The action of an update: the update rolls back, or with `force` stays as it is. Twice is the same as once.
   * @throws invalid_state once it ended
   */
  cancel(caller: Caller, id: string, input: { readonly force?: boolean }): Promise<Action>
  /** A cluster action begins nothing more until it is resumed. @throws invalid_state once it ended, or for a node action */
  suspend(caller: Caller, id: string): Promise<Action>
  /** @throws invalid_state when it is not suspended */
  resume(caller: Caller, id: string): Promise<Action>
  /** Says that what the action's lifecycle hook waits for is done. No effect on an action that waits for no hook. */
  completeLifecycle(caller: Caller, id: string): Promise<Action>
  /** Nodes that wait for a hook whose policy names this queue, oldest first. */
  hookMessages(caller: Caller, queue: string): Promise<readonly HookMessage[]>
}

export interface EventVerbs {
  list(caller: Caller, filter: EventListFilter, page: PageRequest): Promise<Page<Event>>
  /** What came after `sequence`, oldest first, at most `limit`: the next piece of a stream. */
  after(caller: Caller, filter: EventListFilter, sequence: number, limit: number): Promise<readonly Event[]>
  /** Those about clusters and nodes, with their names and actions. */
  listViews(caller: Caller, filter: ObjectEventFilter, page: PageRequest): Promise<Page<EventView>>
  get(caller: Caller, id: string): Promise<EventView>
  /** Sequence of the newest event of all; 0 if there is none. */
  last(caller: Caller): Promise<number>
}

export interface EngineVerbs {
  /** Any principal with any role may ask. */
  list(asker: Asker): Promise<readonly Engine[]>
}

export interface ReceiverVerbs {
  /** @throws already_exists, limit_exceeded, invalid_state while its cluster is being deleted */
  create(caller: Caller, input: CreateReceiverInput): Promise<CreatedReceiver>
  list(caller: Caller, filter: ReceiverListFilter, page: PageRequest): Promise<Page<Receiver>>
  get(caller: Caller, ref: string): Promise<Receiver>
  /** @throws already_exists, precondition_failed */
  update(caller: Caller, ref: string, changes: ReceiverChanges, match?: Match): Promise<Receiver>
  /** Messages that wait in its queue go with it. */
  delete(caller: Caller, ref: string): Promise<Receiver>
  /** Gives it a new token; the old one is refused from then on. Makes one of credential `id` one of `token`. */
  rotate(caller: Caller, ref: string): Promise<CreatedReceiver>
  /**
   * Triggers in the authority of the receiver's owner, as it is now.
   * @throws what the verb of its action raises; forbidden when the owner lost the right to it; invalid_state for type
   *   `message`
   */
  trigger(caller: Caller, ref: string, inputs: JsonObject): Promise<TriggeredAction>
  /**
   * The same, for a caller without an account.
   * @throws unauthenticated when receiver and token do not fit, whichever is wrong; rate_limited; what `trigger` does
   */
  call(call: WebhookCall): Promise<TriggeredAction>
  /**
   * Puts messages into the queue of a receiver of type `message`, behind those that wait.
   * @param id the receiver's, or a queue's name that ends with it
   * @throws unauthenticated, forbidden, invalid_state for type `webhook`, limit_exceeded when too many wait
   */
  send(sender: MessageSender, id: string, messages: readonly NewMessage[]): Promise<readonly Message[]>
  /** In the order of the queue; those that have ended as long as they are kept. */
  messages(caller: Caller, ref: string, filter: MessageListFilter, page: PageRequest): Promise<Page<Message>>
  /** Takes all messages that wait, now. @throws invalid_state for type `webhook` */
  notify(caller: Caller, ref: string): Promise<ConsumedMessages>
}
