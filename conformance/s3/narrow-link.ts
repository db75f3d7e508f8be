import { once } from 'node:events'
import { createConnection, createServer, type Server, type Socket } from 'node:net'

/** A piece of network to a server that lets so many bytes of its answers through, and then breaks. */
export class NarrowLink {
  readonly port: number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #left = Number.POSITIVE_INFINITY
  #then: 'cut' | 'silence' = 'cut'
  /** How often it broke since it was told to. */
  breaks = 0

  private constructor(server: Server, port: number) {
    this.#server = server
    this.port = (server.address() as { port: number }).port
    server.on('connection', (near) => this.#join(near, createConnection({ host: '127.0.0.1', port })))
  }

  static async listen(port: number): Promise<NarrowLink> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new NarrowLink(server, port)
  }

  /** @param then what becomes of the connection that wants more; after a cut, others are whole again */
  breakAfter(bytes: number, then: 'cut' | 'silence'): void {
    this.#left = bytes
    this.#then = then
    this.breaks = 0
  }

  /** Lets everything through again; a connection that fell silent stays so. */
  mend(): void {
    this.#left = Number.POSITIVE_INFINITY
  }

  async close(): Promise<void> {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await once(this.#server, 'close')
  }

  #join(near: Socket, far: Socket): void {
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('end', () => other.end())
      socket.on('close', () => {
        this.#sockets.delete(socket)
        other.destroy()
      })
    }
    near.on('data', (bytes) => far.write(bytes))
    far.on('data', (bytes) => {
      near.write(bytes.subarray(0, this.#left))
      this.#left -= bytes.length
      if (this.#left >= 0) return
      this.breaks += 1
      if (this.#then === 'cut') {
        this.mend()
        near.destroy()
      } else {
        this.#left = 0
        far.pause()
      }
    })
  }
}
