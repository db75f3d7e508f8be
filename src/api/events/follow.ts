import type { Caller } from '../../control/control.ts'
import type { EventListFilter } from '../../control/inputs.ts'
import type { EventVerbs } from '../../control/verbs.ts'
import { type Changes, looks } from '../changes.ts'
import type { SseMessage } from '../sse.ts'
import { toMessage } from './resource.ts'

const BATCH = 200

interface FollowOptions {
  /** Begins after this sequence. */
  readonly from: number
  readonly changes: Changes
  readonly signal: AbortSignal
  readonly pollMs: number
}

/** Every event that matches, in order and none twice, until the signal. */
export async function* followEvents(
  events: EventVerbs,
  caller: Caller,
  filter: EventListFilter,
  { from, changes, signal, pollMs }: FollowOptions,
): AsyncGenerator<SseMessage> {
  let last = from
  for await (const _ of looks(changes, { signal, pollMs })) {
    for (;;) {
      const batch = await events.after(caller, filter, last, BATCH)
      for (const event of batch) {
        yield toMessage(event, 'event')
        last = event.sequence
      }
      if (batch.length < BATCH || signal.aborted) break
    }
  }
}
