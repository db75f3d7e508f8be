import assert from 'node:assert/strict'
import type { Answer, Client } from './drover.ts'
import { type ChangeRequest, send } from './workload.ts'

/** A request that was answered with success, and what it made. */
interface Accepted {
  readonly request: ChangeRequest
  readonly actionId: string | null
  readonly updateId: string | null
  isEnded: boolean
}

/** Remembers what was asked for and what was promised, as a careful client would. */
export class Ledger {
  readonly #client: Client
  readonly #mayBeUnavailable: boolean
  readonly #accepted: Accepted[] = []
  readonly #deletedClusters = new Set<string>()
  /** Sent, and the server died or lost its database before it answered. */
  #unanswered: ChangeRequest[] = []
  /** The last requests and what came of them, for people. */
  readonly history: string[] = []

  /** @param mayBeUnavailable whether a server may say, for a while, that it cannot reach its database */
  constructor(client: Client, { mayBeUnavailable = false } = {}) {
    this.#client = client
    this.#mayBeUnavailable = mayBeUnavailable
  }

  get acceptedCount(): number {
    return this.#accepted.length
  }

  /** Sends a request and remembers how it was answered. @returns whether it was answered at all */
  async send(request: ChangeRequest): Promise<boolean> {
    let answer: Answer
    try {
      answer = await send(this.#client, request)
    } catch (error) {
      this.#remember(request, `no answer (${error instanceof Error ? error.message : error})`)
      return false
    }
    if (this.#mayBeUnavailable && isUnavailable(answer)) {
      this.#remember(request, sayOf(answer))
      return false
    }
    this.#record(request, answer)
    return true
  }

  /** Asks again what was not answered: by its key, the server knows whether it had been accepted. */
  async settleUnanswered(): Promise<void> {
    for (const request of this.#unanswered.splice(0)) {
      const answer = await send(this.#client, request)
      this.#record(request, answer)
      await this.#checkRepeat(request, answer)
    }
  }

  /** The newest accepted request, asked again with its key, must be answered with the very same work. */
  async checkLastRepeats(): Promise<void> {
    const last = this.#accepted.findLast(({ request }) => request.method === 'POST')
    if (last === undefined || this.#deletedClusters.has(last.request.cluster)) return
    const answer = await send(this.#client, last.request)
    assert.ok(isSuccess(answer), `${describe(last.request)}: its repeat was answered ${sayOf(answer)}`)
    const { actionId, updateId } = last
    assert.deepEqual(idsOf(answer), { actionId, updateId }, `${describe(last.request)}: its repeat`)
  }

  /** Every accepted request is known to the server. What had ended before stays ended. */
  async checkNothingLost(): Promise<void> {
    for (const accepted of this.#accepted) {
      if (accepted.isEnded) continue
      const { request, actionId, updateId } = accepted
      for (const path of [actionId && `/actions/${actionId}`, updateId && `/updates/${updateId}`]) {
        if (path === null) continue
        const { status, body } = await this.#client.ask('GET', path)
        if (status === 404 && this.#deletedClusters.has(request.cluster)) {
          accepted.isEnded = true
          break
        }
        assert.equal(status, 200, `${describe(request)} was accepted, and GET ${path} answers ${status}`)
        accepted.isEnded = body.endedAt !== null
      }
    }
  }

  /** Requests that were accepted and have not come to an end. */
  async listOpen(): Promise<readonly string[]> {
    await this.checkNothingLost()
    return this.#accepted.filter(({ isEnded }) => !isEnded).map(({ request }) => describe(request))
  }

  note(request: ChangeRequest | string, outcome = ''): void {
    const what = typeof request === 'string' ? request : describe(request)
    this.history.push(`${new Date().toISOString()} ${what} ${outcome}`)
  }

  /** It may have been accepted, or be accepted by and by. */
  #remember(request: ChangeRequest, because: string): void {
    this.note(request, because)
    this.#unanswered.push(request)
    if (request.method === 'DELETE') this.#deletedClusters.add(request.cluster)
  }

  #record(request: ChangeRequest, answer: Answer): void {
    this.note(request, `→ ${sayOf(answer)}`)
    if (isSuccess(answer)) {
      this.#accepted.push({ request, ...idsOf(answer), isEnded: false })
      if (request.method === 'DELETE') this.#deletedClusters.add(request.cluster)
      return
    }
    assert.ok(answer.status < 500, `${describe(request)}: ${sayOf(answer)}`)
    assert.ok(answer.body.code, `${describe(request)}: a refusal has a code: ${sayOf(answer)}`)
  }

  async #checkRepeat(request: ChangeRequest, first: Answer): Promise<void> {
    if (request.method === 'DELETE' || !isSuccess(first)) return
    const again = await send(this.#client, request)
    assert.deepEqual(
      idsOf(again),
      idsOf(first),
      `${describe(request)}: its repeat was answered ${sayOf(again)}`,
    )
  }
}

function isSuccess({ status }: Answer): boolean {
  return status >= 200 && status < 300
}

/** Whether a server said that it cannot reach its database: what was asked may have been written all the same. */
export function isUnavailable({ status, body }: Answer): boolean {
  return status === 503 && body.code === 'store_unavailable'
}

/** Cancelling and pausing answer with the update itself. */
function idsOf({ body }: Answer): { actionId: string | null; updateId: string | null } {
  const isUpdate = typeof body.progress === 'object'
  return { actionId: body.action?.id ?? null, updateId: isUpdate ? body.id : (body.update?.id ?? null) }
}

function sayOf({ status, body }: Answer): string {
  return `${status} ${body.action?.id ?? body.update?.id ?? body.detail ?? body.id ?? JSON.stringify(body)}`
}

function describe({ method, path, body, idempotencyKey }: ChangeRequest): string {
  return `${method} ${path} ${body === undefined ? '' : JSON.stringify(body)} [${idempotencyKey}]`
}
