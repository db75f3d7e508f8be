import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ClientChannel } from 'ssh2'
import { RuntimeFailedError } from '../../domain/errors.ts'
import { Answer } from './answer.ts'
import type { Connection } from './client.ts'
import { buildCommandLine } from './script.ts'

const STDERR_BYTES = 2000
/** More than the sums of a hundred thousand files. */
const STDOUT_BYTES = 64 * 1024 * 1024

export interface ScriptRun {
  /** For messages: `10.0.0.5:22`. */
  readonly hostId: string
  readonly script: string
  readonly sudo: boolean
  /** What follows the script on standard input. Without it, that stays open as long as anybody waits. */
  readonly payload?: Readable
  readonly signal: AbortSignal
}

/**
 * Runs a script on a host and waits for its end.
 * @throws RuntimeFailedError if it did not come to its end, the signal's reason when it is aborted: what was begun on
 *   the host is broken off
 */
export async function runScript(connection: Connection, run: ScriptRun): Promise<Answer> {
  const { hostId, script, sudo, payload, signal } = run
  signal.throwIfAborted()
  const channel = await connection.exec(buildCommandLine(script, sudo))
  const stopWatching = () => {
    signal.removeEventListener('abort', breakOff)
    unsubscribe()
  }
  let unsubscribe = () => {}
  const breakOff = () => channel.close()
  signal.addEventListener('abort', breakOff, { once: true })
  if (signal.aborted) breakOff()
  try {
    const ended = endOf(channel)
    unsubscribe = connection.onClose(() => channel.destroy())
    const sent = send(channel, script, payload)
    const { answer, code, complaint } = await ended
    signal.throwIfAborted()
    if (answer.isWhole) return answer
    await sent
    const lost = code === null && complaint === ''
    const why = lost
      ? 'the connection was lost'
      : `ended with ${code ?? 'a signal'}${complaint && `: ${complaint}`}`
    throw new RuntimeFailedError(`host ${hostId}: ${why}`, { retryable: lost })
  } finally {
    stopWatching()
    channel.close()
  }
}

/** What cannot be sent is known by how the script ends. */
async function send(channel: ClientChannel, script: string, payload: Readable | undefined): Promise<void> {
  channel.on('error', () => {})
  channel.write(script)
  if (payload) await pipeline(payload, channel).catch(() => {})
}

interface End {
  readonly answer: Answer
  readonly code: number | null
  readonly complaint: string
}

function endOf(channel: ClientChannel): Promise<End> {
  const answer = new Answer()
  let code: number | null = null
  let rest = ''
  let received = 0
  let complaint = ''
  channel.setEncoding('utf8')
  channel.stderr.setEncoding('utf8')
  return new Promise((resolve) => {
    const end = () => resolve({ answer, code, complaint: complaint.trim() })
    channel.on('data', (chunk: string) => {
      received += chunk.length
      if (received > STDOUT_BYTES) channel.destroy()
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() as string
      for (const line of lines) answer.add(line)
    })
    channel.stderr.on('data', (chunk: string) => {
      complaint = (complaint + chunk).slice(-STDERR_BYTES)
    })
    channel.on('exit', (exitCode: number | null) => {
      code = exitCode
    })
    channel.on('close', end)
  })
}

/** The output of a command as it comes; the command is broken off when the signal aborts or nobody reads on. */
export async function* readScript(
  connection: Connection,
  { script, sudo, signal }: Omit<ScriptRun, 'hostId'>,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (signal.aborted) return
  const channel = await connection.exec(buildCommandLine(script, sudo))
  const breakOff = () => channel.close()
  signal.addEventListener('abort', breakOff, { once: true })
  const unsubscribe = connection.onClose(() => channel.destroy())
  try {
    channel.on('error', () => {})
    channel.write(script)
    for await (const chunk of channel) yield chunk as Uint8Array
  } finally {
    signal.removeEventListener('abort', breakOff)
    unsubscribe()
    channel.close()
  }
}
