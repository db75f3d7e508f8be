import { DroverError, messageOf, TimedOutError } from '../domain/errors.ts'
import type { EpochMs, NodeId, PolicyId } from '../domain/ids.ts'
import { type Answer, judgeAnswer } from '../policies/health/poll.ts'
import type { Finding, PollRules } from '../policies/health/rules.ts'
import { matchesInTime } from '../system/bounded-match.ts'
import { type Clock, sleep } from '../system/clock.ts'
import { getText } from '../system/get-text.ts'
import type { Log } from '../system/log.ts'
import type { Outbound } from '../system/outbound.ts'
import type { Slots } from '../system/slots.ts'
import { TimeLimit } from '../system/time-limit.ts'

/** What is to be asked about a node, because a health policy wants it. */
export interface PollOrder {
  readonly policyId: PolicyId
  readonly address: string
  readonly rules: PollRules
  readonly intervalMs: number
  /** It was changed a short time ago, and is left alone until then. */
  readonly notBefore: EpochMs
}

export interface PollerDeps {
  readonly clock: Clock
  readonly log: Log
  /** Bounds how many addresses are asked at once. Not those of health checks: addresses that hang must not hold them up. */
  readonly pollSlots: Slots
  readonly outbound: Outbound
  /** 0 to 1: spreads the polls of nodes that began together. */
  readonly random: () => number
  /** What speaks against a node, at every poll that found something; null once when nothing does any more. */
  readonly onJudged: (id: NodeId, against: string | null) => void
}

/** What is searched of an answer. */
const MAX_BYTES = 64 * 1024
/** An answer may take as long as the pause between two tries, within these. */
const SHORTEST_LIMIT_MS = 1000
const LONGEST_LIMIT_MS = 10_000
/** Timers hold no more than 24 days. */
const LONGEST_SLEEP_MS = 24 * 3600_000

/** One for all: an abort without a reason makes one of its own, with a stack. */
const NOT_POLLED = new DroverError('cancelled', 'the node is not polled any more')

interface Poll {
  readonly order: PollOrder
  readonly stop: AbortController
}

/**
 * Asks the addresses that a health policy names, for the nodes of a cluster that nothing is being done to. A node
 * fails a poll when it fails all its tries; the next poll is an interval later. Nothing of it is kept: whoever takes the
 * cluster over begins anew.
 */
export class UrlPoller {
  readonly #deps: PollerDeps
  readonly #polls = new Map<NodeId, Poll>()

  constructor(deps: PollerDeps) {
    this.#deps = deps
  }

  /** Takes note of what is to be asked about a node now; undefined for nothing. What is under way goes on if it is the same. */
  note(id: NodeId, order: PollOrder | undefined): void {
    const known = this.#polls.get(id)
    if (known && order && isSame(known.order, order)) return
    this.forget(id)
    if (!order) return
    const poll = { order, stop: new AbortController() }
    this.#polls.set(id, poll)
    this.#keepAsking(id, poll).catch((error: unknown) => {
      if (!poll.stop.signal.aborted) this.#deps.log.error({ err: error, node: id }, 'polling a node failed')
    })
  }

  forget(id: NodeId): void {
    this.#polls.get(id)?.stop.abort(NOT_POLLED)
    this.#polls.delete(id)
  }

  close(): void {
    for (const id of [...this.#polls.keys()]) this.forget(id)
  }

  async #keepAsking(id: NodeId, { order, stop: { signal } }: Poll): Promise<void> {
    const { clock, random, onJudged } = this.#deps
    let at = Math.max(order.notBefore, clock.now()) + order.intervalMs * random()
    let hadFailed = false
    for (;;) {
      await this.#sleepUntil(at, signal)
      const { hasFailed, because } = await this.#poll(order, signal)
      if (hasFailed) onJudged(id, because)
      else if (hadFailed) onJudged(id, null)
      hadFailed = hasFailed
      at = clock.now() + order.intervalMs
    }
  }

  async #sleepUntil(at: EpochMs, signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps
    for (let left = at - clock.now(); left > 0; left = at - clock.now())
      await sleep(clock, Math.min(left, LONGEST_SLEEP_MS), signal)
  }

  /** One good answer is enough. */
  async #poll({ address, rules }: PollOrder, signal: AbortSignal): Promise<Finding> {
    const { clock } = this.#deps
    const tries = Math.max(1, rules.retryLimit)
    for (let left = tries - 1; ; left -= 1) {
      const finding = judgeAnswer(rules, address, await this.#ask(address, rules, signal), matchesInTime)
      if (!finding.hasFailed) return finding
      if (left === 0)
        return tries === 1 ? finding : { ...finding, because: `${finding.because}, ${tries} times` }
      await sleep(clock, rules.retryIntervalSeconds * 1000, signal)
    }
  }

  async #ask(address: string, rules: PollRules, signal: AbortSignal): Promise<Answer> {
    const { clock, pollSlots, outbound } = this.#deps
    const wanted = rules.retryIntervalSeconds * 1000
    const limitMs = Math.min(LONGEST_LIMIT_MS, Math.max(SHORTEST_LIMIT_MS, wanted))
    const late = () => new TimedOutError(`did not answer within ${limitMs / 1000} s`)
    const { verifiesCertificate, healthyText } = rules
    const options = { maxBytes: healthyText === '' ? 0 : MAX_BYTES, verifiesCertificate, outbound }
    const release = await pollSlots.take(signal)
    const limit = new TimeLimit(clock, signal)
    try {
      const answer = await limit.run(limitMs, late, (itsSignal) => getText(address, options, itsSignal))
      signal.throwIfAborted()
      return { kind: 'answered', ...answer }
    } catch (error) {
      signal.throwIfAborted()
      return { kind: 'unreachable', why: messageOf(error) }
    } finally {
      limit.end()
      release()
    }
  }
}

function isSame(a: PollOrder, b: PollOrder): boolean {
  return a.policyId === b.policyId && a.address === b.address && a.notBefore === b.notBefore
}
