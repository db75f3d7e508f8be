import { Client as Database } from 'pg'
import { startTestPostgres, type TestPostgres } from '../src/store/postgres/test-server.ts'
import { type Answer, type Client, Drover, type RequestOptions } from './drover.ts'
import { isUnavailable } from './ledger.ts'
import { Link } from './link.ts'
import type { Random } from './random.ts'
import { waitFor } from './wait-for.ts'

const READ_MS = 60_000
/** Of a request that may well have gone to a server that is frozen. */
const ANSWER_MS = 8000

export interface FleetOptions {
  readonly size: number
  readonly random: Random
  /** Further flags of each `serve`. */
  readonly flags: readonly string[]
}

/** Several Drover servers on one PostgreSQL and one data folder, spoken to as if they were one. */
export class Fleet implements Client {
  readonly servers: readonly Drover[]
  readonly postgres: TestPostgres
  /** Each server's way to PostgreSQL, in the order of the servers. */
  readonly links: readonly Link[]
  /** Where the database is, past the links. */
  readonly databaseUrl: string
  readonly #random: Random

  private constructor(fields: Pick<Fleet, 'servers' | 'postgres' | 'links' | 'databaseUrl'>, random: Random) {
    this.servers = fields.servers
    this.postgres = fields.postgres
    this.links = fields.links
    this.databaseUrl = fields.databaseUrl
    this.#random = random
  }

  /** Starts PostgreSQL and the servers, and waits until they are ready. */
  static async begin({ size, random, flags }: FleetOptions): Promise<Fleet> {
    const postgres = await startTestPostgres()
    const databaseUrl = await postgres.createDatabase()
    const servers: Drover[] = []
    const links: Link[] = []
    const fleet = new Fleet({ servers, postgres, links, databaseUrl }, random)
    try {
      for (let count = 0; count < size; count += 1) {
        const link = await Link.listen(postgres)
        links.push(link)
        const url = new URL(databaseUrl)
        url.port = String(link.port)
        const shared = servers[0] && { dataFolder: servers[0].dataFolder }
        servers.push(await Drover.prepare({ flags, env: { DROVER_DATABASE: url.href }, ...shared }))
      }
      // The first one writes the administrator's key, which the others' clients use.
      await fleet.first.start()
      await Promise.all(servers.slice(1).map((server) => server.start()))
      return fleet
    } catch (error) {
      await fleet.destroy()
      throw error
    }
  }

  get dataFolder(): string {
    return this.first.dataFolder
  }

  /** Any of them, for what is the same at all. */
  get first(): Drover {
    return this.servers[0] as Drover
  }

  /** Asks any server. What only reads goes to others as well, until one knows. */
  async ask(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const asked = { timeoutMs: ANSWER_MS, ...options }
    if (method !== 'GET')
      return this.#pick(this.servers.filter((server) => server.isRunning)).ask(method, path, asked)
    let answer: Answer | undefined
    let because: unknown
    await waitFor(`${path} is answered`, READ_MS, async () => {
      try {
        answer = await this.#pick(this.servers.filter((server) => server.isAwake)).ask('GET', path, asked)
      } catch (error) {
        because = error
        return false
      }
      because = answer.body
      return !isUnavailable(answer)
    }).catch((error) => {
      throw new Error(
        `${error.message}; last: ${because instanceof Error ? because.message : JSON.stringify(because)}`,
      )
    })
    return answer as Answer
  }

  async get<T>(path: string): Promise<T> {
    const { status, body } = await this.ask('GET', path)
    if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${JSON.stringify(body)}`)
    return body as T
  }

  /** Asks the database itself. */
  async query<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const database = new Database({ connectionString: this.databaseUrl })
    await database.connect()
    try {
      return (await database.query<Row>(text, [...values])).rows
    } finally {
      await database.end()
    }
  }

  /** The server whose engine runs a cluster, as the database says. */
  async holderOf(cluster: string): Promise<Drover | undefined> {
    const [row] = await this.query<{ pid: string }>(
      'SELECT pid FROM clusters JOIN engines ON engines.id = engine_id WHERE name = $1',
      [cluster],
    )
    return this.servers.find(({ pid }) => pid === Number(row?.pid))
  }

  /** Ends everything, and removes it. */
  async destroy(): Promise<void> {
    // All of them first: one that lives would start again what the others leave.
    await Promise.all(this.servers.map((server) => server.end('SIGKILL')))
    for (const server of this.servers) await server.destroy()
    for (const link of this.links) await link.close()
    await this.postgres.close()
  }

  #pick(servers: readonly Drover[]): Drover {
    const server = this.#random.pick(servers)
    if (server === undefined) throw new Error('no server runs')
    return server
  }
}
