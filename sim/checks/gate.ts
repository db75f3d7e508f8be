import type { NodeId } from '../../src/domain/ids.ts'
import type { Check, Scene } from './check.ts'

interface Watched {
  /** Since when every answer that this process got was good enough. */
  since: number | null
  /** The same, whether it wanted requests or not. */
  worksSince: number | null
  failuresInARow: number
  /** It works, and does not want requests. */
  unreadyInARow: number
}

const STARTS = ['NODE_CREATE', 'NODE_UPDATE', 'NODE_START', 'NODE_RECOVER']

/** Gate: a node counts as moved only after this engine saw it pass for `minReadySeconds` without a break. */
export function createGateCheck(scene: Scene): Check {
  const { ledger, fail } = scene
  const watched = new Map<string, Watched>()
  const jumps = new Map<string, number>()
  const of = (machine: string, nodeId: string) => {
    const key = `${machine}/${nodeId}`
    const known = watched.get(key) ?? { since: null, worksSince: null, failuresInARow: 0, unreadyInARow: 0 }
    watched.set(key, known)
    return known
  }
  /** While a node surges, what it is to be replaced by has to pass. */
  const isOfOld = (nodeId: NodeId, key: string | null) => {
    const node = ledger.nodes.get(nodeId)
    const action = node?.actionId ? ledger.openActions.get(node.actionId) : undefined
    return action?.inputs['surge'] === true && key !== null && !key.endsWith(`/${node?.attempt}`)
  }
  return {
    onCall({ what, machine, nodeId }) {
      if (what === 'start' || what === 'startBeside' || what === 'stop' || what === 'remove')
        watched.delete(`${machine.name}/${nodeId}`)
    },
    onObserved({ machine, nodeId }, observed, check) {
      if (isOfOld(nodeId, observed.key)) return
      jumps.set(machine.name, machine.jumpedAt)
      const known = of(machine.name, nodeId)
      const limit = check?.unhealthyThreshold ?? 3
      if (observed.running && (observed.passing ?? true)) {
        known.failuresInARow = 0
        known.worksSince ??= scene.now()
        known.unreadyInARow = observed.ready === false ? known.unreadyInARow + 1 : 0
        if (known.unreadyInARow === 0) known.since ??= scene.now()
        else if (known.unreadyInARow >= limit) known.since = null
        return
      }
      known.failuresInARow += 1
      if (!observed.running || known.failuresInARow >= limit) known.since = known.worksSince = null
    },
    onCommit({ ended, writer, at, changes, was }) {
      for (const action of ended) {
        if (action.status !== 'SUCCEEDED' || action.nodeId === null) continue
        const isPlacing = action.name === 'NODE_PLACE_CODE' && action.inputs['wasAvailable'] === true
        if (!STARTS.includes(action.name) && !isPlacing) continue
        if (writer.part === 'control') {
          // A change that no runtime has to know of.
          const [node, before] = [changes.nodes.get(action.nodeId), was.nodes.get(action.nodeId)]
          if (node && before && node.attempt === before.attempt && node.revisionId === before.revisionId)
            continue
        }
        const { since: ready, worksSince } = of(writer.machine, action.nodeId)
        // One that is to be looked at first is left alone if it works: killing it would not make it ready.
        const isLeftAlone = action.name === 'NODE_RECOVER' && action.inputs['check'] === true
        const since = ready ?? (isLeftAlone ? worksSince : null)
        if (since === null) {
          fail('gate', `${action.name} of ${action.nodeId} succeeded, and no check had passed`)
          continue
        }
        const update = action.updateId === null ? undefined : ledger.updates.get(action.updateId)
        // Nobody waits any more for the nodes of an update that another one took over from.
        const seconds = update?.control.supersededBy ? 0 : (update?.params.minReadySeconds ?? 0)
        const neededMs = seconds * 1000
        const jumped = (jumps.get(writer.machine) ?? Number.NEGATIVE_INFINITY) >= since
        if (!jumped && at - since < neededMs) {
          fail(
            'gate',
            `${action.name} succeeded after ${at - since} ms of health, ${neededMs} ms are asked for`,
          )
        }
      }
    },
  }
}
