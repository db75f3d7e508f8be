import { createInterface } from 'node:readline/promises'
import { InterruptedError, UsageError } from './cli-error.ts'
import { Client, type Page, type Query, urlPath } from './client.ts'
import { type GlobalOptions, isLocal, resolveConnection } from './connection.ts'
import type { Io } from './io.ts'
import { Output } from './output.ts'

/** What one command works with: the API, the output, the user. */
export class Session {
  readonly client: Client
  readonly output: Output
  readonly io: Io
  /** Aborted by ctrl-C. */
  readonly signal: AbortSignal
  readonly #interruption: AbortController

  /** @throws UsageError if the options make no connection */
  constructor(io: Io, options: GlobalOptions) {
    const connection = resolveConnection(options, io)
    this.io = io
    this.output = new Output(io, options)
    this.#interruption = new AbortController()
    this.signal = this.#interruption.signal
    this.client = new Client(connection, io.clock, this.signal)
    const { server, apiKey } = connection
    if (apiKey !== null && server.protocol === 'http:' && !isLocal(server)) {
      this.output.note(`warning: the API key travels unencrypted to ${server.host}; use https there`)
    }
  }

  /** Ends whatever the command waits for. */
  interrupt(): void {
    this.#interruption.abort(new InterruptedError())
  }

  /** A path below the project: `session.inProject\`/clusters/${name}\``. */
  inProject(texts: TemplateStringsArray, ...parts: readonly (string | number)[]): string {
    return urlPath`/api/v1/projects/${this.client.connection.project}` + urlPath(texts, ...parts)
  }

  /** What a list command shows: one page, or with `--all` every page. */
  async list<T>(path: string, query: Query, options: ListOptions): Promise<Page<T>> {
    const first = {
      ...query,
      sort: options.sort,
      limit: options.all ? 1000 : options.limit,
      cursor: options.cursor,
    }
    let page = await this.client.get<Page<T>>(path, first)
    if (!options.all) return page
    const items = [...page.items]
    while (typeof page.nextCursor === 'string') {
      page = await this.client.get<Page<T>>(path, { ...first, cursor: page.nextCursor })
      items.push(...page.items)
    }
    return { items, nextCursor: null }
  }

  /**
   * Asks before something is destroyed. Without a terminal nobody can answer: then `--yes` is needed.
   * @param ask makes the question; only called when somebody is there to read it
   * @throws UsageError without a terminal, InterruptedError if the answer is no
   */
  async confirm(options: { readonly yes?: boolean }, ask: () => string | Promise<string>): Promise<void> {
    if (options.yes) return
    if (this.io.stdin.isTTY !== true || this.io.stderr.isTTY !== true) {
      throw new UsageError(
        'this needs a confirmation, and there is no terminal to ask in',
        'add --yes to do it without being asked',
      )
    }
    const question = await ask()
    const prompt = createInterface({ input: this.io.stdin, output: this.io.stderr })
    try {
      const answer = await prompt.question(`${question} [y/N] `, { signal: this.signal })
      if (!/^y(es)?$/i.test(answer.trim())) throw new InterruptedError('nothing was done')
    } finally {
      prompt.close()
    }
  }
}

/** The options of every list command. */
export interface ListOptions {
  readonly limit?: number
  readonly all?: boolean
  readonly cursor?: string
  readonly sort?: string
}
