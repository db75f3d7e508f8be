import { messageOf } from '../domain/errors.ts'
import type { EpochMs, EventId } from '../domain/ids.ts'
import { insertEvents } from '../store/events.ts'
import type { Store } from '../store/store.ts'
import type { Clock } from '../system/clock.ts'
import type { Ids } from '../system/ids.ts'
import type { Log } from '../system/log.ts'

/** Refusals of one caller within this time share an event, so that nobody fills the database by guessing keys. */
const GATHER_MS = 1000
/** Callers told apart in that time; the others are counted together. */
const MAX_CALLERS = 1000
const OTHERS = 'others'

/** Keeps for the audit that somebody was refused because no valid credential came with the request. */
export interface Refusals {
  /** @param address of the caller, or how else it can be told apart; never the credential */
  note(address: string): void
}

/**
 * Writes an `access.refused` event for each caller that is refused: at once for the first refusal, and after a second
 * for the number of those that followed.
 */
export function createRefusals(deps: {
  readonly store: Store
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
}): Refusals {
  /** How many refusals of each caller wait to be told. */
  const gathering = new Map<string, number>()

  function tell(address: string, count: number, at: EpochMs): void {
    const times = count === 1 ? 'a request' : `${count} requests`
    const event = {
      id: deps.ids.next<EventId>(),
      at,
      level: 'warning' as const,
      type: 'access.refused',
      projectId: null,
      clusterId: null,
      nodeId: null,
      updateId: null,
      actionId: null,
      principal: 'unknown',
      because: `${times} from ${address} came without a valid credential`,
      data: { address, count },
    }
    // The caller has its answer already; what cannot be written is at least in the log.
    deps.store
      .write((tx) => insertEvents(tx, [event]))
      .catch((error: unknown) =>
        deps.log.warn({ address, count, reason: messageOf(error) }, 'refused access'),
      )
  }

  return {
    note(address) {
      const caller = gathering.has(address) || gathering.size < MAX_CALLERS ? address : OTHERS
      const waiting = gathering.get(caller)
      if (waiting !== undefined) {
        gathering.set(caller, waiting + 1)
        return
      }
      gathering.set(caller, 0)
      tell(caller, 1, deps.clock.now())
      deps.clock.after(GATHER_MS, () => {
        const more = gathering.get(caller) ?? 0
        gathering.delete(caller)
        if (more > 0) tell(caller, more, deps.clock.now())
      })
    },
  }
}
