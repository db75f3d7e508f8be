import type { UpdateId } from '../domain/ids.ts'
import type { Tx } from './store.ts'

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
