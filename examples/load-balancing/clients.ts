/** What became of the clients' requests. */
export interface ClientsResult {
  readonly answered: number
  readonly lost: number
  /** Of the service, in the order in which they were first seen. */
  readonly versions: ReadonlySet<string>
}

/** Some clients, each of which asks again as soon as it was answered. */
export class Clients {
  #answered = 0
  #lost = 0
  #isEnding = false
  readonly #versions = new Set<string>()
  readonly #running: readonly Promise<void>[]

  constructor(url: string, count: number) {
    this.#running = Array.from({ length: count }, () => this.#askOn(url))
  }

  async end(): Promise<ClientsResult> {
    this.#isEnding = true
    await Promise.all(this.#running)
    return { answered: this.#answered, lost: this.#lost, versions: this.#versions }
  }

  async #askOn(url: string): Promise<void> {
    while (!this.#isEnding) {
      try {
        const answer = await fetch(url)
        const body = (await answer.json()) as { version: string }
        if (!answer.ok) throw new Error(`status ${answer.status}`)
        this.#versions.add(body.version)
        this.#answered += 1
      } catch {
        this.#lost += 1
      }
    }
  }
}
