import type { Client } from './client.ts'
import type { Ledger } from './ledger.ts'

/** What waits for a person is ended by one, or told to go on. */
export function endWhatWaits(ledger: Ledger, client: Client): void {
  for (const { id, status, control, hold } of ledger.inFlight()) {
    if (control.cancellation?.mode === 'stop-here') continue
    if (status === 'Paused') {
      void client.ask({
        text: `updates.cancel stop-here ${id}`,
        send: (verbs, caller) => verbs.updates.cancel(caller, id, { mode: 'stop-here' }),
      })
    } else if (hold && !control.continued.some(({ checkpoint }) => checkpoint === hold.checkpoint)) {
      void client.ask({
        text: `updates.continue ${id}`,
        send: (verbs, caller) => verbs.updates.continue(caller, id),
      })
    }
  }
  for (const { id, control } of ledger.openActions.values()) {
    if (!control?.suspension || control.cancellation) continue
    void client.ask({
      text: `actions.resume ${id}`,
      send: (verbs, caller) => verbs.actions.resume(caller, id),
    })
  }
}
