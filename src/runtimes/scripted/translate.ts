import type { Drift } from '../../domain/drift.ts'
import type { EpochMs } from '../../domain/ids.ts'
import type { Latency, Settings } from './config.ts'
import type { ScriptedThing } from './world.ts'

/** How long this call takes, in milliseconds. */
export function drawLatency(latency: Latency, random: () => number): number {
  if (typeof latency === 'number') return latency
  return latency.min + Math.floor(random() * (latency.max - latency.min + 1))
}

/** Whether this call fails by its script. */
export function drawFailure(
  { failures }: Settings,
  call: 'prepare' | 'start' | 'stop' | 'operate',
  nodeIndex: number,
  failedBefore: number,
  random: () => number,
): boolean {
  if (failures.nodes !== null && !failures.nodes.includes(nodeIndex)) return false
  if (failures[call] === 'always') return true
  if (failures[call] === 'first' && failedBefore === 0) return true
  return call === 'start' && failures.rate > 0 && random() < failures.rate
}

/** What a check of a living thing finds. */
export function drawHealth(
  { health }: Settings,
  thing: ScriptedThing,
  nodeIndex: number,
  now: EpochMs,
  random: () => number,
): boolean {
  if (thing.health !== null) return thing.health
  if (health.nodes !== null && !health.nodes.includes(nodeIndex)) return true
  const ageMs = now - thing.startedAt
  if (health.passesAfterMs === 'never' || ageMs < health.passesAfterMs) return false
  if (health.failsAfterMs !== null && ageMs >= health.failsAfterMs) return false
  return health.passRate === 1 || random() < health.passRate
}

/** What a living thing that passes its check says of its readiness. */
export function drawReadiness(
  { ready }: Settings,
  thing: ScriptedThing,
  nodeIndex: number,
  now: EpochMs,
  random: () => number,
): boolean {
  if (thing.ready !== null) return thing.ready
  if (ready === undefined) return true
  if (ready.nodes !== null && !ready.nodes.includes(nodeIndex)) return true
  const ageMs = now - thing.startedAt
  if (ready.afterMs === 'never' || ageMs < ready.afterMs) return false
  return ready.rate === 1 || random() < ready.rate
}

/** How it differs from what was started, once it is old enough; null while it does not. */
export function drawDrift(
  { drift }: Settings,
  thing: ScriptedThing,
  nodeIndex: number,
  now: EpochMs,
): Drift | null {
  if (drift == null || now - thing.startedAt < drift.afterMs) return null
  if (drift.nodes !== null && !drift.nodes.includes(nodeIndex)) return null
  return { kind: drift.kind, because: 'the script says that it drifts' }
}
