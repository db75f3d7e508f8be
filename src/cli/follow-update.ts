import { sleep } from '../system/clock.ts'
import { CliError, InterruptedError, isTemporary } from './cli-error.ts'
import type { Page } from './client.ts'
import { EXIT } from './exit-codes.ts'
import type { EventResource, UpdateNodeResource, UpdateResource } from './resources.ts'
import type { Session } from './session.ts'
import { readServerSentEvents, STREAM_SILENCE_MS } from './sse.ts'
import type { UpdateDisplay } from './update-display.ts'

const PAUSE_MS = 1000
const MAX_AWAY_MS = 5 * 60_000
/** The least time between two questions for the nodes' states. */
const NODES_GAP_MS = 500

/**
 * Shows an update until it ends: by its stream, and whenever that breaks by asking, until it is back.
 * @param options.timeoutMs null waits for ever
 * @param options.fromStart shows what happened to its nodes so far as well, as when it was started a moment ago
 * @returns the update in its final state
 * @throws CliError `timedOut`, `notReachable` after five minutes without the server, InterruptedError on ctrl-C
 */
export async function followUpdate(
  session: Session,
  id: string,
  display: UpdateDisplay,
  { timeoutMs, fromStart }: { readonly timeoutMs: number | null; readonly fromStart: boolean },
): Promise<UpdateResource> {
  const late = new AbortController()
  const stopTimer =
    timeoutMs === null
      ? () => {}
      : session.io.clock.after(timeoutMs, () => late.abort(tooLate(id, timeoutMs)))
  const follower = new Follower(session, id, display, AbortSignal.any([session.signal, late.signal]))
  try {
    return await follower.run(fromStart)
  } catch (error) {
    if (session.signal.aborted) {
      throw new InterruptedError(
        `update ${id} goes on without you watching`,
        `watch it again: drover update watch ${id}   stop it: drover update cancel ${id}`,
      )
    }
    throw late.signal.aborted ? late.signal.reason : error
  } finally {
    stopTimer()
    display.close()
  }
}

class Follower {
  readonly #session: Session
  readonly #path: string
  readonly #display: UpdateDisplay
  readonly #signal: AbortSignal
  #current: UpdateResource | null = null
  /** Where the stream goes on after it broke. */
  #lastEventId: string | null = null
  #nodesAskedAt = 0

  constructor(session: Session, id: string, display: UpdateDisplay, signal: AbortSignal) {
    this.#session = session
    this.#path = session.inProject`/updates/${id}`
    this.#display = display
    this.#signal = signal
  }

  async run(fromStart: boolean): Promise<UpdateResource> {
    const { clock } = this.#session.io
    // A stream that goes on after event 0 tells of all there was.
    if (fromStart) this.#lastEventId = '0'
    // Else the first look fails for good when there is no such update, or no server.
    else await this.#ask()
    for (let heardAt = clock.now(); ; ) {
      if (this.#current?.endedAt) return this.#current
      try {
        await this.#listen()
        if (!this.#current?.endedAt) await this.#ask()
        heardAt = clock.now()
      } catch (error) {
        this.#signal.throwIfAborted()
        if (!isTemporary(error) || clock.now() - heardAt > MAX_AWAY_MS) throw error
        this.#display.note('The connection to the server is lost; the update goes on. Trying again …')
      }
      if (!this.#current?.endedAt) await sleep(clock, PAUSE_MS, this.#signal)
    }
  }

  /** Takes the stream's changes until the update or the stream ends. A stream that breaks is no error here. */
  async #listen(): Promise<void> {
    const from = this.#lastEventId === null ? {} : { 'last-event-id': this.#lastEventId }
    const headers = { accept: 'text/event-stream', ...from }
    try {
      const body = await this.#session.client.stream(`${this.#path}/watch`, {}, headers, this.#signal)
      body.setTimeout(STREAM_SILENCE_MS, () => body.destroy())
      for await (const { event, data, id } of readServerSentEvents(body)) {
        this.#lastEventId = id ?? this.#lastEventId
        if (event === 'update') this.#take(JSON.parse(data) as UpdateResource)
        else if (event === 'node') this.#display.event(JSON.parse(data) as EventResource)
        await this.#askForNodes()
      }
    } catch {
      this.#signal.throwIfAborted()
    }
  }

  async #ask(): Promise<void> {
    this.#take(await this.#session.client.get<UpdateResource>(this.#path))
    await this.#askForNodes()
    this.#signal.throwIfAborted()
  }

  #take(update: UpdateResource): void {
    this.#current = update
    this.#display.update(update)
  }

  // One page, however large the pool: a terminal shows no more, and the counts are the update's own.
  async #askForNodes(): Promise<void> {
    const show = this.#display.nodes
    const now = this.#session.io.clock.now()
    const isDue = now - this.#nodesAskedAt >= NODES_GAP_MS || this.#current?.endedAt
    if (show === null || !isDue) return
    this.#nodesAskedAt = now
    const page = await this.#session.client.get<Page<UpdateNodeResource>>(`${this.#path}/nodes`, {
      limit: 1000,
    })
    show(page.items)
  }
}

function tooLate(id: string, timeoutMs: number): CliError {
  return new CliError(EXIT.timedOut, `update ${id} did not end within ${timeoutMs / 1000} s; it goes on`, {
    hint: `watch it: drover update watch ${id}   stop it: drover update cancel ${id}`,
  })
}
