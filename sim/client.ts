import type { Caller } from '../src/control/control.ts'
import { DroverError } from '../src/domain/errors.ts'
import type { Scene } from './checks/check.ts'
import type { Random } from './random.ts'
import type { Request } from './requests.ts'
import { isForeseen, type Server } from './server.ts'
import type { Timeline } from './timeline.ts'

const PATIENCE_MS = 15_000
const MOST_TRIES = 4

export interface ClientDeps {
  readonly scene: Scene
  readonly timeline: Timeline
  readonly random: Random
  /** Those that can be asked now. */
  readonly servers: () => readonly Server[]
  readonly trace: (line: string) => void
  readonly surprised: (message: string, error: unknown) => void
}

type Outcome =
  | { readonly kind: 'answer'; readonly answer: unknown }
  | { readonly kind: 'refused' | 'failed'; readonly error: unknown }
  | { readonly kind: 'silence' }

/**
 * Somebody who asks, loses patience, and asks again under the same idempotency key, perhaps another server, perhaps
 * two at once. Checks that the same request gets the same answer, and that what was answered is durable.
 */
export class Client {
  readonly #deps: ClientDeps
  #count = 0
  open = 0

  constructor(deps: ClientDeps) {
    this.#deps = deps
  }

  async ask(request: Request): Promise<void> {
    const { random } = this.#deps
    this.#count += 1
    const number = this.#count
    const key = random.chance(0.6) ? `key-${number}` : undefined
    const caller: Caller = {
      principal: { name: random.pick(['ann', 'bob']), grants: [{ projectId: '*', role: 'administrator' }] },
      project: 'default',
      ...(key !== undefined && { idempotencyKey: key }),
    }
    this.open += 1
    this.#deps.trace(`? #${number} ${caller.principal.name}${key ? ` (${key})` : ''} ${request.text}`)
    const answers: string[] = []
    const tries = key === undefined ? 1 : MOST_TRIES
    for (let attempt = 1; attempt <= tries; attempt += 1) {
      const twice = key !== undefined && random.chance(0.15)
      const outcomes = await Promise.all(
        Array.from({ length: twice ? 2 : 1 }, () => this.#askOnce(number, request, caller)),
      )
      for (const outcome of outcomes) if (outcome.kind === 'answer') answers.push(this.#check(outcome.answer))
      const isOver = outcomes.some(({ kind }) => kind === 'answer' || kind === 'refused')
      // Some ask again although they were answered.
      if (isOver && !random.chance(0.1)) break
      await this.#deps.timeline.wait(random.int(10, 3000))
    }
    if (new Set(answers).size > 1) {
      this.#deps.scene.fail(
        'idempotent',
        `request #${number} was answered with ${[...new Set(answers)].join(' and ')}`,
      )
    }
    this.open -= 1
  }

  async #askOnce(number: number, request: Request, caller: Caller): Promise<Outcome> {
    const { timeline, random, servers, trace } = this.#deps
    const some = servers()
    if (some.length === 0) return { kind: 'silence' }
    const server = random.pick(some)
    let cancel = () => {}
    const silence = new Promise<Outcome>((resolve) => {
      cancel = timeline.after(PATIENCE_MS, () => resolve({ kind: 'silence' }))
    })
    const outcome = await Promise.race([silence, this.#send(request, server, caller)])
    cancel()
    const detail =
      outcome.kind === 'answer'
        ? identityOf(outcome.answer)
        : outcome.kind === 'silence'
          ? ''
          : codeOf(outcome.error)
    trace(`! #${number} ${server.machine.name} ${outcome.kind} ${detail}`)
    return outcome
  }

  async #send(request: Request, server: Server, caller: Caller): Promise<Outcome> {
    try {
      return { kind: 'answer', answer: await request.send(server.control, caller) }
    } catch (error) {
      if (!isForeseen(error)) this.#deps.surprised(`${request.text} raised`, error)
      const code = codeOf(error)
      if (code === 'idempotency_mismatch') {
        this.#deps.scene.fail('idempotent', `${request.text}: ${(error as Error).message}`)
      }
      return { kind: code === 'store_unavailable' ? 'failed' : 'refused', error }
    }
  }

  /** @returns what identifies the answer */
  #check(answer: unknown): string {
    const { scene } = this.#deps
    const { action, update } = answer as { action?: { id: string }; update?: { id: string } }
    if (action && !scene.ledger.known.has(action.id)) {
      scene.fail('audit', `action ${action.id} was accepted, and is not in the store`)
    }
    if (update && !scene.ledger.known.has(update.id) && !scene.ledger.known.has(action?.id ?? '')) {
      scene.fail('audit', `update ${update.id} was accepted, and is not in the store`)
    }
    return identityOf(answer)
  }
}

function identityOf(answer: unknown): string {
  const { action, update, deploymentUpdate, id } = answer as {
    readonly [name in 'action' | 'update' | 'deploymentUpdate']?: { readonly id: string }
  } & { readonly id?: string }
  return [update?.id, action?.id, deploymentUpdate?.id, id].filter((part) => part !== undefined).join(' ')
}

function codeOf(error: unknown): string {
  return error instanceof DroverError ? error.code : String(error)
}
