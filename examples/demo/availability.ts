/** One request to one node. Times are milliseconds on one clock. */
export interface Probe {
  readonly sentAt: number
  readonly endedAt: number
  /** The version that answered; null if none did in time. */
  readonly version: string | null
}

/** What an outsider can say of a time in which each node was asked again and again. */
export interface Measured {
  readonly nodes: number
  readonly requests: number
  /** The fewest nodes that served at one instant, and for how long in all it was that few. */
  readonly lowest: number
  readonly lowestForMs: number
  /** How long a newer version had been serving when an older one last did; 0 if they never served together. */
  readonly mixedForMs: number
  /** Versions in the order of their first answers. */
  readonly versions: readonly string[]
}

/**
 * Works out from each node's probes how many nodes served at each instant.
 *
 * Only what the probes prove is held against anyone: a node is away from the end of the first probe that failed to
 * the beginning of the last one, and two versions served together if one's request was sent after another's answer
 * had come. So a finding is never an accident of timing, and what is missed is shorter than the gap between two probes.
 */
export function measure(probesOfNodes: readonly (readonly Probe[])[]): Measured {
  const outages = probesOfNodes.flatMap(findOutages)
  const { most, forMs } = findDeepest(outages)
  const probes = probesOfNodes.flat()
  const { versions, mixedForMs } = compareVersions(probes)
  return {
    nodes: probesOfNodes.length,
    requests: probes.length,
    lowest: probesOfNodes.length - most,
    lowestForMs: outages.length === 0 ? 0 : forMs,
    mixedForMs,
    versions,
  }
}

interface Outage {
  readonly from: number
  readonly to: number
}

function findOutages(probes: readonly Probe[]): Outage[] {
  const outages: Outage[] = []
  for (const [index, probe] of probes.entries()) {
    if (probe.version !== null) continue
    const isFirst = index === 0 || probes[index - 1]!.version !== null
    const from = isFirst ? probe.endedAt : outages.pop()!.from
    outages.push({ from, to: Math.max(from, probe.sentAt) })
  }
  return outages
}

/** The most outages that there were at one instant, and how long there were that many. */
function findDeepest(outages: readonly Outage[]): { most: number; forMs: number } {
  const steps = outages
    .flatMap(({ from, to }) => [
      { at: from, change: 1 },
      { at: to, change: -1 },
    ])
    // Both ends belong to an outage: at the same instant, beginnings come first.
    .sort((a, b) => a.at - b.at || b.change - a.change)
  let away = 0
  let most = 0
  let forMs = 0
  for (const [index, { at, change }] of steps.entries()) {
    away += change
    if (away > most) {
      most = away
      forMs = 0
    }
    if (away === most) forMs += (steps[index + 1]?.at ?? at) - at
  }
  return { most, forMs }
}

function compareVersions(probes: readonly Probe[]): Pick<Measured, 'versions' | 'mixedForMs'> {
  const seen = new Map<string, { firstAnswerAt: number; lastSentAt: number }>()
  for (const { version, sentAt, endedAt } of probes) {
    if (version === null) continue
    const known = seen.get(version)
    seen.set(version, {
      firstAnswerAt: Math.min(known?.firstAnswerAt ?? Infinity, endedAt),
      lastSentAt: Math.max(known?.lastSentAt ?? 0, sentAt),
    })
  }
  const ordered = [...seen].sort(([, a], [, b]) => a.firstAnswerAt - b.firstAnswerAt)
  const overlaps = ordered.flatMap(([, older], index) =>
    ordered.slice(index + 1).map(([, newer]) => older.lastSentAt - newer.firstAnswerAt),
  )
  return { versions: ordered.map(([version]) => version), mixedForMs: Math.max(0, ...overlaps) }
}
