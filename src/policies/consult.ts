import type { SizeRefusal } from '../domain/errors.ts'
import type { EpochMs, JsonObject } from '../domain/ids.ts'
import { findPolicyType } from './index.ts'
import type { BindingMemory, Decisions, PolicyFacts, PolicyTarget, PolicyTypeName } from './policy.ts'

/** A policy that is attached to a cluster, as far as it has to do with its answers. */
export interface BoundPolicy {
  readonly policyId: string
  readonly policyName: string
  readonly type: PolicyTypeName
  readonly version: string
  readonly properties: JsonObject
  readonly isEnabled: boolean
  readonly priority: number
  readonly memory: BindingMemory
}

/** What all policies of a cluster said about an action. Plain JSON. */
export interface Consultation {
  readonly isAllowed: boolean
  readonly decisions: Decisions
  /** What each of them said, in the order in which they were asked; the last one denied if it is not allowed. */
  readonly said: readonly Said[]
  /** The size that cannot be, if that is why it is not allowed. */
  readonly refusedSize?: SizeRefusal
}

interface Said {
  readonly policyId: string
  readonly policy: string
  readonly type: PolicyTypeName
  readonly because: string
}

/**
 * Asks the enabled policies of a cluster before an action, in ascending priority; those of the same priority in the
 * order they are handed in. Each knows what those before it decided, and replaces what it decides itself. The first
 * that denies ends it.
 */
export function consult(
  bindings: readonly BoundPolicy[],
  facts: Omit<PolicyFacts, 'policy' | 'memory' | 'decided'>,
): Consultation {
  let decisions: Decisions = {}
  const said: Said[] = []
  for (const bound of [...bindings].sort((a, b) => a.priority - b.priority)) {
    const type = findPolicyType(bound.type)
    if (!bound.isEnabled || !type?.targets.before.includes(facts.action.name)) continue
    const spec = type.parse(bound.version, bound.properties)
    const policy = { id: bound.policyId, name: bound.policyName }
    const verdict = type.ask(spec, { ...facts, policy, memory: bound.memory, decided: decisions })
    said.push({
      policyId: bound.policyId,
      policy: bound.policyName,
      type: bound.type,
      because: verdict.because,
    })
    if (verdict.kind === 'deny') {
      const { size } = verdict
      return { isAllowed: false, decisions: {}, said, ...(size && { refusedSize: size }) }
    }
    if (verdict.kind === 'narrow') decisions = { ...decisions, ...verdict.decisions }
  }
  return { isAllowed: true, decisions, said }
}

/**
 * Tells the enabled policies of a cluster how an action ended.
 * @returns what their bindings shall remember from now on, by policy; those without news are left out
 */
export function tellEnd(
  bindings: readonly BoundPolicy[],
  ended: { readonly now: EpochMs; readonly name: PolicyTarget; readonly hasSucceeded: boolean },
): ReadonlyMap<string, BindingMemory> {
  const news = new Map<string, BindingMemory>()
  for (const { policyId, type: name, version, properties, isEnabled, memory } of bindings) {
    const type = findPolicyType(name)
    if (!isEnabled || !type?.tell || !type.targets.after.includes(ended.name)) continue
    const memorized = type.tell(type.parse(version, properties), { ...ended, memory })
    if (memorized) news.set(policyId, memorized)
  }
  return news
}
