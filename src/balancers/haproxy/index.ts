import { SERVER_PREFIX } from '../../domain/balancer-place.ts'
import { BalancerFailedError } from '../../domain/errors.ts'
import type { Endpoint } from '../../domain/node.ts'
import { type Clock, sleep } from '../../system/clock.ts'
import type { Outbound } from '../../system/outbound.ts'
import type { Balancer } from '../balancer.ts'
import { createHaproxyClient } from './client.ts'
import { addCommand, CHECKS, readServers, readSessions, type ServerLine } from './translate.ts'

/** Between two looks at the requests that a server has. */
const LOOK_MS = 20
/** A request that is just being given to a server shows a moment later. */
const IDLE_LOOKS = 2
/** How long a server that is shut may keep connections before they are broken off, and then before that is an error. */
const REMOVAL_MS = 1000

export interface HaproxyOptions {
  /** Address of the runtime API, with rights of level admin. */
  readonly socket: string
  readonly backend: string
  readonly clock: Clock
  /** What may be connected to. Default: the operator named the address, and it may. */
  readonly outbound?: Outbound
}

/**
 * Drives one backend of HAProxy 2.4 or later by its runtime API.
 * @see management.txt of HAProxy, "Unix Socket commands", for the commands and what they require
 */
export function createHaproxyBalancer({ socket, backend, clock, outbound }: HaproxyOptions): Balancer {
  const name = `haproxy at ${socket}, backend ${backend}`
  const client = createHaproxyClient(socket, clock, outbound ?? null)

  const refused = (command: string, answer: string) =>
    new BalancerFailedError(name, `"${command}" was answered with "${answer.slice(0, 200)}"`)

  async function tell(command: string, expected: RegExp, signal: AbortSignal): Promise<void> {
    let answer = await client.ask(command, signal)
    // 2.4 and 2.5 add and delete servers only for those who say that they know it is new.
    if (/experimental/i.test(answer)) answer = await client.ask(`experimental-mode on; ${command}`, signal)
    if (!expected.test(answer)) throw refused(command, answer)
  }

  async function servers(signal: AbortSignal): Promise<readonly ServerLine[]> {
    const command = `show servers state ${backend}`
    const answer = await client.ask(command, signal)
    const found = readServers(answer)
    if (!found) throw refused(command, answer)
    return found.filter((server) => server.name.startsWith(SERVER_PREFIX))
  }

  async function find(server: string, signal: AbortSignal): Promise<ServerLine | undefined> {
    return (await servers(signal)).find((line) => line.name === server)
  }

  const set = (server: string, what: string, expected: RegExp, signal: AbortSignal) =>
    tell(`set server ${backend}/${server} ${what}`, expected, signal)

  async function add(server: string, address: Endpoint, signal: AbortSignal): Promise<void> {
    const expected = /registered|already exists/i
    try {
      await tell(addCommand(backend, server, address, CHECKS), expected, signal)
    } catch (error) {
      // 2.4 cannot check a server that was added.
      if (!(error instanceof BalancerFailedError) || !/'check'|keyword/.test(error.message)) throw error
      await tell(addCommand(backend, server, address, ''), expected, signal)
      return
    }
    await tell(`enable health ${backend}/${server}`, /^$/, signal)
  }

  async function sessions(server: ServerLine, signal: AbortSignal): Promise<number> {
    // 4: servers.
    const command = `show stat ${server.backendId} 4 ${server.serverId}`
    const answer = await client.ask(command, signal)
    const count = readSessions(answer)
    if (count === undefined) throw refused(command, answer)
    return count
  }

  async function untilIdle(server: ServerLine, limitMs: number, signal: AbortSignal): Promise<number> {
    const until = clock.now() + limitMs
    for (let idle = 0; ; ) {
      const left = await sessions(server, signal)
      idle = left === 0 ? idle + 1 : 0
      if (idle >= IDLE_LOOKS) return 0
      if (clock.now() >= until) return left
      await sleep(clock, LOOK_MS, signal)
    }
  }

  async function shut(server: string, signal: AbortSignal): Promise<void> {
    await set(server, 'state maint', /^$|no such server/i, signal)
  }

  return {
    name,
    async list(signal) {
      return new Map((await servers(signal)).map((server) => [server.name, server]))
    },

    async put(server, address, signal) {
      const known = await find(server, signal)
      if (!known) await add(server, address, signal)
      else if (known.address.host !== address.host || known.address.port !== address.port)
        await set(server, `addr ${address.host} port ${address.port}`, /changed|no need to change/i, signal)
      if (!known?.isOpen) await set(server, 'state ready', /^$/, signal)
    },

    async drain(server, limitMs, signal) {
      const known = await find(server, signal)
      if (!known) return { left: 0 }
      if (known.isOpen) await set(server, 'state drain', /^$/, signal)
      const left = await untilIdle(known, limitMs, signal)
      // While it is shut it is not checked either, so that it counts as well as soon as it is put back.
      await shut(server, signal)
      return { left }
    },

    shut,

    async remove(server, signal) {
      await shut(server, signal)
      const begun = clock.now()
      let isBrokenOff = false
      while (true) {
        try {
          await tell(`del server ${backend}/${server}`, /deleted|no such server/i, signal)
          return
        } catch (error) {
          const isBusy = error instanceof BalancerFailedError && /still has|attached/i.test(error.message)
          if (!isBusy || clock.now() > begun + 2 * REMOVAL_MS) throw error
        }
        if (!isBrokenOff && clock.now() > begun + REMOVAL_MS) {
          isBrokenOff = true
          await tell(`shutdown sessions server ${backend}/${server}`, /^$|no such server/i, signal)
        }
        await sleep(clock, LOOK_MS, signal)
      }
    },
  }
}
