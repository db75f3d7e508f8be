import type { EpochMs } from '../domain/ids.ts'
import { pruneActions } from '../store/actions.ts'
import { pruneClientTokens } from '../store/client-tokens.ts'
import { pruneEvents } from '../store/events.ts'
import { pruneMessages } from '../store/receiver-messages.ts'
import { pruneRevisions } from '../store/revisions.ts'
import type { Store } from '../store/store.ts'
import { pruneTokens } from '../store/tokens.ts'

/** How much history is kept. */
export interface Retention {
  /** Revisions of each pool, beside those in use. */
  readonly revisionsPerPool: number
  readonly eventsMs: number
  /** Ended actions, and messages that became one. */
  readonly actionsMs: number
  /** Deletes bundles that nothing uses any more, by a rule of its own. */
  readonly pruneBundles: (now: EpochMs) => Promise<void>
}

const ROWS_AT_ONCE = 2000

/** Deletes what is older than it need be, a bounded number of rows in one transaction. */
export async function applyRetention(store: Store, retention: Retention, now: EpochMs): Promise<void> {
  await store.write(async (tx) => {
    await pruneClientTokens(tx, now)
    await pruneTokens(tx, now)
    await pruneRevisions(tx, retention.revisionsPerPool)
  })
  await untilDone(() => store.write((tx) => pruneEvents(tx, now - retention.eventsMs, ROWS_AT_ONCE)))
  await untilDone(() => store.write((tx) => pruneActions(tx, now - retention.actionsMs, ROWS_AT_ONCE)))
  await untilDone(() => store.write((tx) => pruneMessages(tx, now - retention.actionsMs, ROWS_AT_ONCE)))
  await retention.pruneBundles(now)
}

async function untilDone(prune: () => Promise<number>): Promise<void> {
  while ((await prune()) === ROWS_AT_ONCE);
}
