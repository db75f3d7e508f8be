import { DroverError } from '../src/domain/errors.ts'
import type { Store, Tx, WriteOptions } from '../src/store/store.ts'
import type { RowChanges, SimDatabase } from './database.ts'
import type { FaultRates } from './faults.ts'
import type { Writer } from './ledger.ts'
import { type Machine, never } from './machine.ts'
import type { Random } from './random.ts'
import { countRows } from './slow-reads.ts'
import type { Timeline } from './timeline.ts'

export interface SimStoreDeps {
  readonly machine: Machine
  readonly writer: Writer
  readonly database: SimDatabase
  /** The one database of the whole run. */
  readonly store: Store
  readonly random: Random
  /** What goes wrong now. */
  readonly faults: () => FaultRates
  /** For so long the process stands still for each row that it reads, inside the transaction. */
  readonly rowMs: number
  readonly timeline: Timeline
  readonly committed: (
    writer: Writer,
    changes: RowChanges,
    owners: ReadonlyMap<string, string | null>,
  ) => void
}

type Fault = 'refused' | 'answer lost' | 'crash before' | 'crash inside' | 'crash after'

/** The database as one process reaches it: calls are refused, answers are lost, the process dies around a commit. */
export function createSimStore(deps: SimStoreDeps): Store {
  const { machine, store } = deps
  const call = async <T>(work: (tx: Tx) => Promise<T>, options?: WriteOptions): Promise<T> => {
    if (machine.isDead) return never
    const fault = drawFault(deps)
    if (machine.cutOff || fault === 'refused') throw unavailable('the database cannot be reached')
    if (fault === 'crash before') {
      machine.die('before a commit')
      return never
    }
    const written: { changes: RowChanges | null; owners: Map<string, string | null> } = {
      changes: null,
      owners: new Map(),
    }
    const run = store.write(async (tx) => {
      // It stood in line when its process died: the connection is gone.
      if (machine.isDead) throw unavailable('nobody waits for this any more')
      const counted = deps.rowMs > 0 ? countRows(tx) : undefined
      const value = await work(counted?.tx ?? tx)
      await standStill(deps, (counted?.costly() ?? 0) * deps.rowMs)
      const changes = deps.database.takeChanges()
      if (changes) for (const id of clustersIn(changes)) written.owners.set(id, deps.database.ownerOf(id))
      written.changes = changes
      if (fault === 'crash inside') {
        machine.die('inside a transaction')
        throw unavailable('nobody waits for this any more')
      }
      return value
    }, options)
    try {
      const value = await run
      if (written.changes) deps.committed(deps.writer, written.changes, written.owners)
      if (fault === 'crash after') machine.die('after a commit, before its answer')
      await machine.arrive()
      if (fault === 'answer lost')
        throw unavailable('the connection was lost while the answer was on its way')
      return value
    } catch (error) {
      await machine.arrive()
      throw error
    }
  }
  return { read: call, write: call, close: async () => {} }
}

/** Timers that fall due and answers that come meanwhile wait, as they do for an event loop that is busy. */
async function standStill({ machine, timeline }: SimStoreDeps, forMs: number): Promise<void> {
  if (forMs === 0) return
  machine.pause()
  await timeline.wait(forMs)
  machine.resume()
  if (machine.isDead) throw unavailable('nobody waits for this any more')
}

function drawFault({ random, faults }: SimStoreDeps): Fault | null {
  const { storeRefuses, storeLosesAnswer, storeCrash } = faults()
  if (random.chance(storeRefuses)) return 'refused'
  if (random.chance(storeLosesAnswer)) return 'answer lost'
  if (random.chance(storeCrash)) return random.pick(['crash before', 'crash inside', 'crash after'])
  return null
}

function clustersIn(changes: RowChanges): Set<string> {
  const rows = [changes.nodes, changes.actions, changes.updates, changes.pools].flatMap((map) => [
    ...map.values(),
  ])
  return new Set(rows.flatMap((row) => (row === null ? [] : [row.clusterId as string])))
}

function unavailable(message: string): DroverError {
  return new DroverError('store_unavailable', message, { retryable: true })
}
