import type { NodeActionName } from '../domain/action.ts'
import type { NodePool } from '../domain/cluster.ts'
import type { UpdateId } from '../domain/ids.ts'
import type { Tx } from './store.ts'
import { loadNewestSuccesses } from './updates.ts'

/** Older updates say little of how long a node takes today. */
const NEWEST_UPDATES = 5
/** More say no more. */
const MOST_SAMPLES = 200

/** How long the steps of an update took on its nodes, as far as they ended well. Milliseconds; null if there were none. */
export interface StepTimes {
  readonly count: number
  readonly averageMs: number | null
  readonly shortestMs: number | null
  readonly longestMs: number | null
}

/** FORCE has two steps for each node, a stop and a start; each counts. */
export async function sumUpStepTimes(tx: Tx, updateId: UpdateId): Promise<StepTimes> {
  const row = await tx
    .selectFrom('actions')
    .where('update_id', '=', updateId)
    .where('node_id', 'is not', null)
    .where('status', '=', 'SUCCEEDED')
    .select(({ fn, eb }) => {
      const took = eb('ended_at', '-', eb.ref('started_at'))
      return [
        fn.countAll<number>().as('count'),
        fn.avg<number | null>(took).as('average'),
        fn.min(took).as('shortest'),
        fn.max(took).as('longest'),
      ]
    })
    .executeTakeFirstOrThrow()
  const toMs = (value: unknown) => (value === null ? null : Math.round(Number(value)))
  return {
    count: Number(row.count),
    averageMs: toMs(row.average),
    shortestMs: toMs(row.shortest),
    longestMs: toMs(row.longest),
  }
}

/**
 * How long a step took on nodes of this pool, in its newest successful updates: milliseconds, newest first, without the
 * time for which those updates had nodes stay healthy. At most 200.
 */
export async function listStepTimes(
  tx: Tx,
  pool: Pick<NodePool, 'id' | 'clusterId'>,
  name: NodeActionName,
): Promise<number[]> {
  const times: number[] = []
  for (const { id, params } of await loadNewestSuccesses(tx, pool, NEWEST_UPDATES)) {
    if (times.length >= MOST_SAMPLES) break
    const rows = await tx
      .selectFrom('actions')
      .where('update_id', '=', id)
      .where('name', '=', name)
      .where('status', '=', 'SUCCEEDED')
      .select(({ eb }) => eb('ended_at', '-', eb.ref('started_at')).as('took'))
      .orderBy('id', 'desc')
      .limit(MOST_SAMPLES - times.length)
      .execute()
    const observedMs = name === 'NODE_STOP' ? 0 : params.minReadySeconds * 1000
    times.push(...rows.map(({ took }) => Math.max(0, Number(took) - observedMs)))
  }
  return times
}
