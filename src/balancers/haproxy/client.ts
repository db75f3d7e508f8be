import { connect, type Socket } from 'node:net'
import { BalancerFailedError, messageOf, TimedOutError } from '../../domain/errors.ts'
import type { Clock } from '../../system/clock.ts'
import type { Outbound } from '../../system/outbound.ts'

/** HAProxy answers in a millisecond, unless it hangs. */
const ANSWER_MS = 2000
const MOST_BYTES = 16 * 1024 * 1024

/** Asks HAProxy's runtime API, one command a connection. */
export interface HaproxyClient {
  /**
   * Sends a command, which must be one line.
   * @returns what HAProxy said, without blank lines around it
   * @throws BalancerFailedError when it cannot be reached, says nothing within 2 s, or more than 16 MiB; the signal's reason
   */
  ask(command: string, signal: AbortSignal): Promise<string>
}

/**
 * @param address the path of a UNIX socket, or `tcp://<host>:<port>`
 * @param outbound what may be connected to; null for an address that the operator gave
 */
export function createHaproxyClient(address: string, clock: Clock, outbound: Outbound | null): HaproxyClient {
  return {
    async ask(command, signal) {
      signal.throwIfAborted()
      // A command that was sent is waited for, so that none is carried out after the next.
      const socket = open(address, outbound)
      const timer = clock.after(ANSWER_MS, () =>
        socket.destroy(new TimedOutError(`no answer to "${wordsOf(command)}" within ${ANSWER_MS / 1000} s`)),
      )
      try {
        return await readAnswer(socket, command)
      } catch (error) {
        throw new BalancerFailedError(`haproxy at ${address}`, messageOf(error), {
          retryable: true,
          cause: error,
        })
      } finally {
        timer()
        socket.destroy()
      }
    },
  }
}

async function readAnswer(socket: Socket, command: string): Promise<string> {
  socket.setEncoding('utf8')
  socket.write(`${command}\n`)
  let answer = ''
  for await (const chunk of socket) {
    answer += chunk
    if (answer.length > MOST_BYTES) throw new Error(`more than ${MOST_BYTES} bytes of answer`)
  }
  return answer.trim()
}

/** @throws BalancerFailedError when it may not be connected to */
function open(address: string, outbound: Outbound | null): Socket {
  try {
    if (!address.startsWith('tcp://')) {
      if (outbound && !outbound.allowsSocket(address))
        throw new Error('this path is not allowed by the setting outbound.allow')
      return connect({ path: address })
    }
    const { hostname, port } = new URL(address)
    outbound?.check(hostname)
    const target = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) }
    return connect({ ...target, ...(outbound && { lookup: outbound.lookup }) })
  } catch (error) {
    throw new BalancerFailedError(`haproxy at ${address}`, messageOf(error), { cause: error })
  }
}

/** The first words of a command are enough to know it by. */
function wordsOf(command: string): string {
  return command.split(' ').slice(0, 3).join(' ')
}
