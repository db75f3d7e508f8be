import type { Action } from '../domain/action.ts'
import type { Cluster, NodePool } from '../domain/cluster.ts'
import type { NewEvent } from '../domain/event.ts'
import type {
  ActionId,
  ClusterId,
  EpochMs,
  NodeId,
  PolicyBindingId,
  PoolId,
  UpdateId,
} from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import type { NodeGroup } from '../domain/node-group.ts'
import type { PolicyBinding } from '../domain/policy.ts'
import type { Revision } from '../domain/revision.ts'
import type { Update } from '../domain/update.ts'
import { putActions } from '../store/actions.ts'
import { bumpIntent, deleteCluster, deletePool, patchCluster, patchPool } from '../store/clusters.ts'
import { insertEvents } from '../store/events.ts'
import { deleteNodes, patchNode, putNodes } from '../store/nodes.ts'
import { deleteBindings, putBinding } from '../store/policies.ts'
import { insertRevision } from '../store/revisions.ts'
import type { Tx } from '../store/store.ts'
import { insertUpdate, patchUpdate } from '../store/updates.ts'

/** What one look decided: written in one transaction, and only then carried out. */
export interface Changes {
  readonly nodes: Map<NodeId, Node>
  readonly deletedNodes: NodeId[]
  /** Nodes as they are in the cluster that has them from now on. */
  readonly handedOver: Node[]
  /** Nodes that somebody else wrote: made, handed over to this cluster, or renamed. */
  readonly arrived: NodeId[]
  readonly actions: Map<ActionId, Action>
  /** New ones that nobody asked for. */
  readonly begunUpdates: Map<UpdateId, Update>
  readonly updates: Map<UpdateId, Partial<Update>>
  /** Also of clusters that nodes are handed to. */
  readonly pools: Map<PoolId, Partial<NodePool>>
  readonly bindings: Map<PolicyBindingId, PolicyBinding>
  readonly deletedBindings: PolicyBindingId[]
  readonly revisions: Revision[]
  /** Other clusters whose engine has to look at what is written here. */
  readonly asked: Set<ClusterId>
  cluster: Partial<Cluster>
  /** How many nodes there are, if that is to be written. */
  counts: readonly NodeGroup[] | null
  readonly events: NewEvent[]
  readonly deletedPools: PoolId[]
  clusterDeleted: boolean
  /** Node actions whose work begins after the commit. */
  readonly started: Action[]
  /** Node actions whose work is to be broken off. */
  readonly aborted: ActionId[]
  /** Node actions whose node goes back whatever comes of them. */
  readonly dropped: ActionId[]
  /** Node actions that need not wait for their node's health any more. */
  readonly hurried: ActionId[]
  /** Node actions that wait for a hook that is to be told of them. */
  readonly hooked: Action[]
  /** Node actions whose time is over. */
  readonly expired: ActionId[]
}

export function emptyChanges(): Changes {
  return {
    nodes: new Map(),
    deletedNodes: [],
    handedOver: [],
    arrived: [],
    actions: new Map(),
    begunUpdates: new Map(),
    updates: new Map(),
    pools: new Map(),
    bindings: new Map(),
    deletedBindings: [],
    revisions: [],
    asked: new Set(),
    cluster: {},
    counts: null,
    events: [],
    deletedPools: [],
    clusterDeleted: false,
    started: [],
    aborted: [],
    dropped: [],
    hurried: [],
    hooked: [],
    expired: [],
  }
}

/** Has each row written by itself, to learn which one the database refuses. */
export interface Trace {
  readonly now: EpochMs
  /** Told before each row for which action it is written; null: for none. */
  note(action: ActionId | null): void
}

/** Writes everything that is to be durable. Rows are written together by kind, not one by one, unless they are traced. */
export async function persistChanges(
  tx: Tx,
  clusterId: ClusterId,
  changes: Changes,
  trace?: Trace,
): Promise<void> {
  const causes = trace && causesOf(changes, trace.now)
  const put = async <Row>(
    rows: readonly Row[],
    write: (tx: Tx, rows: readonly Row[]) => Promise<void>,
    causeOf: (row: Row, causes: Causes) => ActionId | null,
  ): Promise<void> => {
    if (!causes && rows.length > 0) await write(tx, rows)
    for (const row of causes ? rows : []) {
      trace?.note(causeOf(row, causes as Causes))
      await write(tx, [row])
    }
    trace?.note(null)
  }
  // A new node may have the name of one that goes.
  if (changes.deletedNodes.length > 0) await deleteNodes(tx, changes.deletedNodes)
  await put([...changes.nodes.values()], putNodes, (node, { ofNode }) => ofNode(node))
  await put([...changes.actions.values()], putActions, ({ id }, { ofAction }) => ofAction(id))
  for (const revision of changes.revisions) await insertRevision(tx, revision)
  const intents = new Map<ClusterId, number>()
  for (const id of changes.asked) intents.set(id, await bumpIntent(tx, id))
  for (const { id, ...node } of changes.handedOver) {
    await patchNode(tx, id, { ...node, writtenAtIntent: intents.get(node.clusterId) ?? 0 })
  }
  await put([...changes.updates], putUpdates, ([id], { ofUpdate }) => ofUpdate(id))
  // After those: one that ended in this look has made room for it.
  const begun = [...changes.begunUpdates].map(([id, update]) => ({ ...update, ...changes.updates.get(id) }))
  await put(begun, insertUpdates, ({ id }, { ofUpdate }) => ofUpdate(id))
  for (const [id, patch] of changes.pools) await patchPool(tx, id, patch)
  // A policy may be attached again in the look that detaches it.
  if (changes.deletedBindings.length > 0) await deleteBindings(tx, changes.deletedBindings)
  for (const binding of changes.bindings.values()) await putBinding(tx, binding)
  await put(changes.events, insertEvents, ({ actionId }, { ofAction }) =>
    actionId === null ? null : ofAction(actionId),
  )
  for (const id of changes.deletedPools) await deletePool(tx, id)
  if (changes.clusterDeleted) await deleteCluster(tx, clusterId)
  else if (changes.counts !== null || Object.keys(changes.cluster).length > 0)
    await patchCluster(tx, clusterId, changes.cluster, changes.counts ?? undefined)
}

async function insertUpdates(tx: Tx, updates: readonly Update[]): Promise<void> {
  for (const update of updates) await insertUpdate(tx, update)
}

async function putUpdates(tx: Tx, rows: readonly (readonly [UpdateId, Partial<Update>])[]): Promise<void> {
  for (const [id, patch] of rows) await patchUpdate(tx, id, patch)
}

/** For which action each row is written. */
interface Causes {
  ofAction(id: ActionId): ActionId
  ofNode(node: Node): ActionId | null
  ofUpdate(id: UpdateId): ActionId | null
}

function causesOf({ actions }: Changes, now: EpochMs): Causes {
  const all = [...actions.values()]
  // What is made in this look has another id in the next one; what it is made for has not.
  const made = new Map(
    all.flatMap(({ id, createdAt, parentId }) => (createdAt === now && parentId ? [[id, parentId]] : [])),
  )
  const ofAction = (id: ActionId) => made.get(id) ?? id
  const ofNodes = new Map(all.map(({ id, nodeId }) => [nodeId, ofAction(id)]))
  const ofUpdates = new Map(all.map(({ id, updateId, parentId }) => [updateId, parentId ?? id]))
  return {
    ofAction,
    ofNode: ({ id, actionId }) => (actionId === null ? (ofNodes.get(id) ?? null) : ofAction(actionId)),
    ofUpdate: (id) => ofUpdates.get(id) ?? null,
  }
}
