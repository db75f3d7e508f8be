import type { ExpectedTime, NodeTime } from '../domain/forecast.ts'
import type { UpdateParams } from '../domain/update.ts'
import type { BatchPlan } from './plan-batches.ts'

/**
 * What past steps say of the next ones. Each step is a list of how long it took: FORCE takes two, a stop and a start.
 *
 * @param steps milliseconds @returns null unless each step was taken at least once
 */
export function toNodeTime(steps: readonly (readonly number[])[]): NodeTime | null {
  if (steps.length === 0 || steps.some((times) => times.length === 0)) return null
  const sorted = steps.map((times) => [...times].sort((a, b) => a - b))
  const sum = (share: number) => sorted.reduce((total, times) => total + nearestRank(times, share), 0)
  return {
    samples: Math.min(...sorted.map((times) => times.length)),
    medianMs: Math.round(sum(0.5)),
    slowMs: Math.round(sum(0.9)),
  }
}

/** The value that so large a share of the sorted ones does not exceed. */
function nearestRank(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] as number
}

/**
 * Adds up an update's batches, and what it waits for in between.
 *
 *   6 nodes, maxUnavailable 2, 4 s a node, minReadySeconds 1         ->  3 × 5 s            = 15 s
 *   the same with batchPauseSeconds 10                               ->  3 × 5 s + 2 × 10 s = 35 s
 *   the same with a checkpoint after 2 nodes, holdSeconds 60, bake 5 ->  15 s + 60 s + 10 s + 5 s = 90 s
 *
 * A batch pause passes while a checkpoint holds. Where nodes follow each other one by one the batches are those that
 * would be away together if all took the same time.
 */
export function expectTime(
  plan: Pick<BatchPlan, 'batches' | 'holds' | 'blocked'>,
  params: UpdateParams,
  perNode: NodeTime | null,
): ExpectedTime {
  const { batches, holds } = plan
  const held = params.holdSeconds === null ? [] : holds.map(({ afterBatches }) => afterBatches)
  let waitsMs = params.bakeSeconds * 1000
  for (let behind = 0; behind <= batches.length; behind += 1) {
    const holdMs = held.filter((at) => at === behind).length * (params.holdSeconds ?? 0) * 1000
    const isBetween = behind > 0 && behind < batches.length && params.strategy !== 'FORCE'
    const pauseMs = isBetween ? (params.batchPauseSeconds ?? 0) * 1000 : 0
    waitsMs += Math.max(holdMs, pauseMs)
  }
  waitsMs += batches.length * params.minReadySeconds * 1000
  const waitsForPerson = params.holdSeconds === null ? holds.length : 0
  const total = (nodeMs: number | undefined) => {
    if (batches.length === 0) return waitsMs
    return nodeMs === undefined ? null : batches.length * nodeMs + waitsMs
  }
  const [typicalMs, slowMs] = [total(perNode?.medianMs), total(perNode?.slowMs)]
  return {
    typicalMs,
    slowMs,
    waitsMs,
    waitsForPerson,
    perNode,
    because: [
      describeSteps(batches, perNode),
      waitsMs > 0 ? `${seconds(waitsMs)} of observing, pauses, holds and baking` : '',
      waitsForPerson > 0
        ? `and the time until somebody says to go on at ${count(waitsForPerson, 'checkpoint')}`
        : '',
      plan.blocked.length > 0 ? `without ${count(plan.blocked.length, 'node')} that may not move` : '',
    ]
      .filter(Boolean)
      .join(', '),
  }
}

function describeSteps(batches: BatchPlan['batches'], perNode: NodeTime | null): string {
  if (batches.length === 0) return 'no node has to move'
  const nodes = `${count(batches.flat().length, 'node')} in ${count(batches.length, 'batch', 'batches')}`
  if (perNode === null)
    return `${nodes}, and no update of this pool has succeeded yet that would tell how long a node takes`
  const { medianMs, slowMs, samples } = perNode
  return `${nodes}, ${seconds(medianMs)} for each by the median of ${count(samples, 'past step')}, ${seconds(slowMs)} by the slowest tenth`
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}
