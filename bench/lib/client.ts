import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const PATIENCE_MS = 60_000

/** Of an update, what the REST API tells and the benchmark looks at. */
export interface UpdateResource {
  readonly id: string
  readonly status: string
  readonly because: string
  readonly startedAt: string | null
  readonly endedAt: string | null
  readonly progress: {
    readonly selected: number
    readonly updated: number
    readonly highestUnavailable: number
  }
}

interface ActionResource {
  readonly name: string
  readonly status: string
  readonly statusReason: string
  readonly endedAt: string | null
}

/** A client of the REST API that keeps its connections, as clients do that ask often. */
export class Client {
  readonly url: string
  readonly #agent = new Agent({ keepAlive: true })
  readonly #headers: Readonly<Record<string, string>>

  constructor(url: string, key: string) {
    this.url = url
    this.#headers = { authorization: `Bearer ${key}` }
  }

  /** @param path below the default project: `/clusters/web` */
  get<T>(path: string): Promise<T> {
    return this.#send<T>('GET', path)
  }

  post<T>(path: string, body: object): Promise<T> {
    return this.#send<T>('POST', path, body)
  }

  delete<T>(path: string): Promise<T> {
    return this.#send<T>('DELETE', path)
  }

  /** Makes a cluster of scripted nodes and waits until they run. */
  async createNodes(cluster: string, size: number, properties: object = {}): Promise<void> {
    const profile = `for-${cluster}`
    await this.post('/profiles', { name: profile, type: 'scripted', properties })
    await this.createCluster({ name: cluster, profile, size })
  }

  /** Makes a cluster and waits until its nodes run. */
  async createCluster(body: object): Promise<void> {
    const { action } = await this.post<{ action: { id: string } }>('/clusters', body)
    await this.actionEnded(action.id)
  }

  /** @throws Error if it failed */
  async actionEnded(id: string): Promise<void> {
    const ended = await this.#until<ActionResource>(`/actions/${id}`)
    if (ended.status !== 'SUCCEEDED') throw new Error(`action ${ended.name} failed: ${ended.statusReason}`)
  }

  async startUpdate(cluster: string, body: object): Promise<UpdateResource> {
    return (await this.post<{ update: UpdateResource }>(`/clusters/${cluster}/updates`, body)).update
  }

  /** @param everyMs how often to ask: each answer is work for the server that is measured */
  updateEnded(id: string, everyMs?: number): Promise<UpdateResource> {
    return this.#until<UpdateResource>(`/updates/${id}`, everyMs)
  }

  close(): void {
    this.#agent.destroy()
  }

  async #until<T extends { readonly endedAt: string | null }>(path: string, everyMs = 50): Promise<T> {
    for (;;) {
      const found = await this.get<T>(path)
      if (found.endedAt !== null) return found
      await sleep(everyMs)
    }
  }

  #send<T>(method: string, path: string, body?: object): Promise<T> {
    const text = body && JSON.stringify(body)
    return new Promise((resolve, reject) => {
      const sent = request(`${this.url}/api/v1/projects/default${path}`, {
        method,
        agent: this.#agent,
        headers: {
          ...this.#headers,
          ...(text && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        },
        signal: AbortSignal.timeout(PATIENCE_MS),
      })
      sent.on('error', (error) => reject(new Error(`${method} ${path}: ${error.message}`, { cause: error })))
      sent.on('response', (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const said = Buffer.concat(chunks).toString()
          if ((response.statusCode ?? 500) < 300) resolve(JSON.parse(said) as T)
          else reject(new Error(`${method} ${path} answered ${response.statusCode}: ${said}`))
        })
      })
      sent.end(text)
    })
  }
}
