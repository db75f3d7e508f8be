import { once } from 'node:events'
import { createConnection, createServer, type Server, type Socket } from 'node:net'

export interface Target {
  readonly host: string
  readonly port: number
}

/**
 * A piece of network that can break.
 *
 * ```
 *   open ─► cut: connections are reset, and new ones refused
 *   open ─► frozen: nothing arrives any more in either direction, and nobody is told
 *   cut, frozen ─► open: what was frozen goes on, or was dropped for good
 * ```
 */
export class Link {
  readonly port: number
  readonly #server: Server
  readonly #target: Target
  readonly #sockets = new Set<Socket>()
  /** Those of them that nothing comes through any more. */
  readonly #lost = new WeakSet<Socket>()
  #mode: 'open' | 'cut' | 'frozen' = 'open'

  private constructor(server: Server, target: Target) {
    this.#server = server
    this.#target = target
    this.port = (server.address() as { port: number }).port
    server.on('connection', (socket) => this.#join(socket))
  }

  static async listen(target: Target): Promise<Link> {
    const server = createServer({ pauseOnConnect: true })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new Link(server, target)
  }

  cut(): void {
    this.#mode = 'cut'
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  freeze(): void {
    this.#mode = 'frozen'
    for (const socket of this.#sockets) socket.pause()
  }

  /** @param how what becomes of what was frozen: it arrives late, or never, without a word */
  open(how: 'go on' | 'lost' = 'go on'): void {
    this.#mode = 'open'
    for (const socket of this.#sockets) {
      if (how === 'lost') this.#lost.add(socket)
      if (!this.#lost.has(socket)) socket.resume()
    }
  }

  async close(): Promise<void> {
    this.#server.close()
    this.cut()
    await once(this.#server, 'close')
  }

  #join(near: Socket): void {
    if (this.#mode === 'cut') {
      near.resetAndDestroy()
      return
    }
    const { host, port } = this.#target
    const far = createConnection({ host, port })
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('data', (bytes) => other.write(bytes))
      socket.on('end', () => other.end())
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
      if (this.#mode === 'frozen') socket.pause()
      else socket.resume()
    }
  }
}
