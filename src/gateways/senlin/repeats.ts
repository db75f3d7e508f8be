import type { Principal } from '../../domain/principal.ts'
import type { Answer } from './ask.ts'

/** An answer as it goes over the wire. */
export interface Given extends Omit<Answer, 'body'> {
  /** JSON; absent: nothing is sent. */
  readonly text?: string
}

/** Turns an answer into what is sent. */
export function give({ body, ...rest }: Answer): Given {
  return body === undefined ? rest : { ...rest, text: JSON.stringify(body) }
}

/** Texts that are kept at most, in characters, and the longest that is worth it. */
const MOST_KEPT = 8_000_000
const MOST_EACH = 1_000_000

/** Answers by `work`, or with what `work` answered to the same question before. */
type Repeats = (principal: Principal, question: string, work: () => Promise<Given>) => Promise<Given>

/**
 * Gives an answer again to who asks the same while nothing was committed: clients poll lists, and making one anew
 * costs several queries and their presentation. A commit ends everything that was kept, so no answer is older than
 * the last write that was confirmed. What is kept belongs to one verified credential: roles that changed, and
 * credentials that were revoked, have another principal or none.
 *
 * @param version of the store, as `Control.storeVersion` tells it; null: nothing is kept
 */
export function createRepeats(version: () => number | null): Repeats {
  let keptAt: number | null = null
  let kept = new WeakMap<Principal, Map<string, Promise<Given>>>()
  let size = 0

  return (principal, question, work) => {
    const now = version()
    if (now === null) return work()
    if (now !== keptAt) {
      keptAt = now
      kept = new WeakMap()
      size = 0
    }
    const known = kept.get(principal) ?? new Map<string, Promise<Given>>()
    const before = known.get(question)
    if (before) return before
    // It counts from the version before it was begun: it may hold something newer, but nothing older.
    const answer = work()
    kept.set(principal, known.set(question, answer))
    const forget = () => known.delete(question)
    answer.then(({ text = '' }) => {
      if (text.length > MOST_EACH || size + text.length > MOST_KEPT) forget()
      else if (keptAt === now) size += text.length + question.length
    }, forget)
    return answer
  }
}
