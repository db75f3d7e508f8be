import { messageOf } from '../domain/errors.ts'
import type { ReceiverId } from '../domain/ids.ts'
import { findReceiversWithMail } from '../store/receiver-messages.ts'
import type { Store } from '../store/store.ts'
import type { Clock } from '../system/clock.ts'
import type { Log } from '../system/log.ts'
import type { Control } from './control.ts'

/** For messages that a process left behind when it died, or that another one could not take. */
const POLL_MS = 5000
const RECEIVERS_AT_ONCE = 100

/** Takes messages as they arrive. */
export interface MessageConsumer {
  /** Takes those of one receiver, soon. */
  wake(id: ReceiverId): void
  /** Waits for what is under way; nothing is begun after it. */
  close(): Promise<void>
}

interface ConsumerDeps {
  readonly control: Pick<Control, 'consumeMessages'>
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
}

/** Begins at once with what waits, and looks again every few seconds: being woken only makes it sooner. */
export function createMessageConsumer(deps: ConsumerDeps): MessageConsumer {
  /** Receivers being seen to; true: woken again meanwhile. */
  const busy = new Map<ReceiverId, boolean>()
  const running = new Set<Promise<void>>()
  let isClosed = false
  let cancelPoll = () => {}

  async function consume(id: ReceiverId): Promise<void> {
    do {
      busy.set(id, false)
      await deps.control
        .consumeMessages(id)
        .catch((error: unknown) => deps.log.warn({ receiver: id, reason: messageOf(error) }, 'messages wait'))
    } while (busy.get(id) === true && !isClosed)
    busy.delete(id)
  }

  function wake(id: ReceiverId): void {
    if (isClosed) return
    if (busy.has(id)) busy.set(id, true)
    else track(consume(id))
  }

  async function poll(): Promise<void> {
    try {
      for (const id of await deps.store.read((tx) => findReceiversWithMail(tx, RECEIVERS_AT_ONCE))) wake(id)
    } catch (error) {
      deps.log.warn({ reason: messageOf(error) }, 'could not look for messages')
    }
    if (!isClosed) cancelPoll = deps.clock.after(POLL_MS, () => track(poll()))
  }

  function track(work: Promise<void>): void {
    running.add(work)
    work.finally(() => running.delete(work))
  }

  track(poll())
  return {
    wake,
    async close() {
      isClosed = true
      cancelPoll()
      await Promise.all(running)
    },
  }
}
