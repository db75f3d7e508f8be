import type { Action } from '../src/domain/action.ts'
import { otherServerNameOf, placeOf, serverNameOf } from '../src/domain/balancer-place.ts'
import { hasStray, isAvailable, isCodeUnknown, type Node } from '../src/domain/node.ts'
import type { Update } from '../src/domain/update.ts'
import type { WorldInside } from '../src/runtimes/scripted/world.ts'
import { isLive, livingOf } from '../src/runtimes/scripted/world.ts'
import type { BalancerWorld } from './balancer.ts'
import type { Ledger } from './ledger.ts'

/** How long a node that serves may go unnoticed. */
const NOTICED_WITHIN_MS = 20_000

/**
 * Whether everything has ended and the rows tell the truth.
 * @param pausedMayWait updates that wait for a person, and what waits for them, are let be
 * @returns what has not settled, in words
 */
export function explainUnsettled(
  ledger: Ledger,
  { world, balancer }: { readonly world: WorldInside; readonly balancer: BalancerWorld },
  now: number,
  pausedMayWait: boolean,
): string | undefined {
  const inFlight = ledger.openUpdates()
  const open = [...ledger.openActions.values()]
  const { suspended, heldNodes } = findHeldBack(ledger, open)
  const waits = (update: Update) =>
    update.status === 'Paused' || update.hold !== null || suspended.has(update.clusterId)
  const stuck = new Set(inFlight.filter(waits).map(({ poolId }) => poolId))
  const mayWait = (update: Update) =>
    pausedMayWait && (waits(update) || (update.status === 'Queued' && stuck.has(update.poolId)))
  const moving = inFlight.find((update) => !mayWait(update))
  if (moving) return `update ${moving.id} is ${moving.status}: ${moving.because}`
  const held = new Set<string | null>(inFlight.map((update) => update.poolId))
  for (const action of open) {
    const isBehind =
      (held.has(action.poolId) && action.nodeId === null) ||
      suspended.has(action.clusterId) ||
      (action.nodeId !== null && heldNodes.has(action.nodeId))
    if (!(pausedMayWait && isBehind))
      return `${action.name} ${action.id} is ${action.status}: ${action.statusReason}`
  }
  for (const node of ledger.nodes.values()) {
    const lie = explainLie(node, ledger, world, now)
    const other = lie ?? explainOtherTraffic(node, balancer) ?? explainOutOfSync(node, ledger, world, now)
    if (other) return other
  }
  for (const [id, state] of world.nodes) {
    const [thing] = livingOf(state, now)
    if (thing && !ledger.nodes.has(id)) return `${thing.key} runs, and there is no such node`
  }
  return undefined
}

/**
 * What waits because somebody suspended an action: its cluster, nodes without a cluster that are to join by it, and clusters
 * that want something of such a node, too.
 */
function findHeldBack({ openActions }: Ledger, open: readonly Action[]) {
  const asker = ({ parentId }: Action) => (parentId === null ? undefined : openActions.get(parentId))
  const isHeldBack = (action: Action) => {
    const parent = asker(action)
    return action.name === 'NODE_JOIN' && parent !== undefined && isSuspended(parent)
  }
  const heldNodes = new Set(open.filter(isHeldBack).map((action) => action.nodeId))
  const others = open.filter((action) => action.nodeId !== null && heldNodes.has(action.nodeId)).map(asker)
  const waiting = [...open.filter(isSuspended), ...others]
  return { suspended: new Set(waiting.flatMap((action) => action?.clusterId ?? [])), heldNodes }
}

function explainOtherTraffic(node: Node, { servers }: BalancerWorld): string | undefined {
  if (servers.get(otherServerNameOf(node))?.isOpen)
    return `${node.name} is said to be alone, and takes requests twice`
  const isOpen = servers.get(serverNameOf(node))?.isOpen ?? false
  // Where it serves is not known when the answer to its start was lost.
  const isWanted = placeOf(node) !== null && isAvailable(node) && node.endpoint !== null
  if (isOpen === isWanted) return undefined
  return `${node.name} is said to be ${node.status} and ${node.health}, and takes ${isOpen ? '' : 'no '}requests`
}

/** What differs is known to, and repaired where the cluster wants that and nothing else has its pool. */
function explainOutOfSync(node: Node, ledger: Ledger, world: WorldInside, now: number): string | undefined {
  const { clusters, pools, updates } = ledger
  const { thing, settings } = world.nodes.get(node.id) ?? {}
  if (!thing || !isLive(thing, now) || !isAvailable(node) || (settings && settings.lies !== 'none'))
    return undefined
  if ((thing.drift !== null) !== (node.drift !== null))
    return `${node.name} differs: ${thing.drift?.because ?? 'no'}, and is said to: ${node.driftReason ?? 'no'}`
  if (node.drift === null || clusters.get(node.clusterId)?.cluster.driftRepair !== 'automatic')
    return undefined
  if (pools.get(node.poolId)?.committedRevisionId !== node.revisionId) return undefined
  if (hasNoRoom(node, ledger)) return undefined
  const isHeld = [...updates.values()].some(
    (update) => update.poolId === node.poolId && update.endedAt === null,
  )
  const { isGivenUp = false } = (node.data['driftRepair'] ?? {}) as { readonly isGivenUp?: boolean }
  if (isHeld || isGivenUp) return undefined
  return `${node.name} differs, and nobody repairs it: ${node.driftReason}`
}

/**
 * Whether a node that serves waits until others do again: taking it away would be one too many. Worked out here, and not by the
 * planner, from what the pool says; a policy that says how many move at once may say less.
 */
function hasNoRoom({ poolId, clusterId }: Node, ledger: Ledger): boolean {
  const pool = ledger.pools.get(poolId)
  if (!pool) return false
  const nodes = ledger.nodesOf(poolId)
  const away = nodes.filter((node) => !isAvailable(node)).length
  const inNodes = (value: number | string) =>
    typeof value === 'number' ? value : Math.floor((nodes.length * Number.parseInt(value, 10)) / 100)
  const { maxUnavailable = 1, maxSurge = 0, maxUnhealthy = null } = pool.updateDefaults
  if (maxUnhealthy !== null && away > inNodes(maxUnhealthy)) return true
  if (Number.parseInt(`${maxSurge}`, 10) > 0) return false
  const isBatched = [...ledger.bindings.values()].some(
    (binding) =>
      binding.clusterId === clusterId &&
      binding.enabled &&
      ledger.policies.get(binding.policyId)?.type === 'batch',
  )
  return away >= (isBatched ? 1 : Math.max(1, inNodes(maxUnavailable)))
}

function isSuspended({ control }: Action): boolean {
  return control?.suspension != null && control.cancellation === null
}

function explainLie(node: Node, ledger: Ledger, world: WorldInside, now: number): string | undefined {
  const seen = world.nodes.get(node.id)
  const live = seen?.thing != null && isLive(seen.thing, now)
  const settings = seen?.settings
  const [first, second] = seen ? livingOf(seen, now) : []
  if (second && !hasStray(node))
    return `${node.name} is said to be alone, and ${second.key} runs beside ${first?.key}`
  if (settings && settings.lies !== 'none') return undefined
  if (node.status === 'Stopped' && live) return `${node.name} is Stopped, and ${seen?.thing?.key} runs in it`
  if (isAvailable(node)) {
    if (!live) return `${node.name} is said to serve, and nothing runs in it`
    if (!ledger.areAlike(node.revisionId, seen?.placedRevision) && !isCodeUnknown(node)) {
      return `${node.name} is said to run ${node.revisionId}, and runs ${seen?.placedRevision}`
    }
    return undefined
  }
  const { thing } = seen ?? {}
  const steady =
    live &&
    thing?.key.endsWith(`/${node.attempt}`) &&
    thing.health === null &&
    settings?.health.passRate === 1 &&
    settings.health.failsAfterMs === null &&
    settings.health.passesAfterMs !== 'never' &&
    thing.ready === null &&
    settings.ready === undefined &&
    now - thing.startedAt > settings.health.passesAfterMs + NOTICED_WITHIN_MS
  if (steady && node.handle !== null && node.status !== 'Stopped') {
    return `${node.name} is ${node.status} and ${node.health}, and ${thing?.key} serves`
  }
  return undefined
}
