import { parseProperties } from '../../domain/property.ts'
import type { PolicyFacts, PolicyType, Verdict } from '../policy.ts'
import { adjust } from './adjust.ts'
import { secondsToCooldown } from './cooldown.ts'
import { properties, type ScalingSpec } from './spec.ts'

/**
 * How much a cluster grows or shrinks when it is told to scale without saying by how much, how often that may
 * happen, and whether a step that would leave the bounds is cut or refused.
 *
 * A number that the caller gives is taken instead of the policy's; the cooldown and the bounds hold for it all the
 * same. Of several policies for the same event the smallest step counts.
 */
export const scalingPolicy: PolicyType<ScalingSpec> = {
  type: 'scaling',
  description: 'How far and how often a cluster grows or shrinks when it is scaled.',
  versions: ['1.0'],
  properties,
  priority: 100,
  isRepeatable: true,
  unsupportedProfileTypes: [],
  targets: {
    before: ['CLUSTER_SCALE_OUT', 'CLUSTER_SCALE_IN'],
    after: ['CLUSTER_SCALE_OUT', 'CLUSTER_SCALE_IN'],
  },
  parse: (version, given) => parseProperties(properties, given, { version }),
  ask,
  tell: ({ event }, { name, now, hasSucceeded, memory }) =>
    name === event && hasSucceeded ? { ...memory, lastOperationAt: now } : null,
}

function ask(spec: ScalingSpec, facts: PolicyFacts): Verdict {
  const { event, adjustment } = spec
  if (event !== facts.action.name) return { kind: 'allow', because: `it is about ${event} only` }
  const rest = secondsToCooldown(adjustment.cooldown, facts.memory.lastOperationAt, facts.now)
  if (rest > 0) {
    return {
      kind: 'deny',
      because: `its cooldown of ${adjustment.cooldown} s after the last scaling goes on for ${rest} s`,
    }
  }
  const size = facts.members.length
  const isOut = event === 'CLUSTER_SCALE_OUT'
  const wanted = stepOf(spec, facts)
  const { minSize, maxSize } = facts.bounds
  const room = isOut ? Math.max(0, (maxSize ?? Number.MAX_SAFE_INTEGER) - size) : Math.max(0, size - minSize)
  const verb = isOut ? 'grow' : 'shrink'
  if (wanted === 0) return { kind: 'deny', because: `it has nothing to do: ${size} nodes are the size to be` }
  if (wanted > room && (!adjustment.bestEffort || room === 0)) {
    const bound = isOut ? `maxSize ${maxSize}` : `minSize ${minSize}`
    const refused = isOut
      ? ({ value: size + wanted, relation: 'above', bound: 'maxSize', limit: maxSize as number } as const)
      : ({ value: size - wanted, relation: 'below', bound: 'minSize', limit: minSize } as const)
    return {
      kind: 'deny',
      because: `${size} nodes cannot ${verb} by ${wanted}: ${bound} leaves ${room}`,
      size: { what: 'capacity', ...refused, isGiven: false },
    }
  }
  const step = Math.min(wanted, room)
  const cut = step < wanted ? `, cut from ${wanted} to stay within the bounds` : ''
  return {
    kind: 'narrow',
    decisions: { count: isOut ? step : -step },
    because: `${size} nodes ${verb} by ${step}${cut}`,
  }
}

/** Nodes that come or go, at least 0. */
function stepOf({ event, adjustment }: ScalingSpec, { change, members, decided }: PolicyFacts): number {
  if (change.isCountGiven) return Math.abs(change.count)
  const size = members.length
  const own = adjust({ ...adjustment, size, direction: event === 'CLUSTER_SCALE_OUT' ? 'out' : 'in' })
  return decided.count === undefined ? own : Math.min(own, Math.abs(decided.count))
}
