import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { join } from 'node:path'
import type { Bench } from './row.ts'

/** A program of bench/children that answers one question after the other. */
export interface Child {
  readonly pid: number
  /** @throws Error when it fails, ends, or does not answer in time */
  ask<Answer>(question: object, limitMs?: number): Promise<Answer>
  end(signal?: NodeJS.Signals): Promise<void>
}

type Reply = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: string }

const LIMIT_MS = 300_000
/** As the launcher starts a server: these, one arena of memory, and code that was compiled before. */
const NODE_FLAGS = readFileSync(join(import.meta.dirname, '../../node-flags'), 'utf8')
  .trim()
  .split(' ')

const COMPILED = join(import.meta.dirname, '../.compiled')

interface ChildOptions {
  /** Beside this process's own. */
  readonly env?: Readonly<Record<string, string>>
}

/** Starts a program of bench/children in a process of its own; it is ended with the row at the latest. */
export function startChild(bench: Bench, name: string, { env }: ChildOptions = {}): Child {
  const child = fork(join(import.meta.dirname, '../children', `${name}.ts`), [], {
    execArgv: NODE_FLAGS,
    env: { ...process.env, MALLOC_ARENA_MAX: '1', NODE_COMPILE_CACHE: COMPILED, ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const end = async (signal: NodeJS.Signals = 'SIGKILL') => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill(signal)
    await exit
  }
  bench.onEnd(() => end())
  return { pid: child.pid!, end, ask: (question, limitMs = LIMIT_MS) => ask(child, name, question, limitMs) }
}

/** Starts a program, asks it one thing, and ends it. */
export async function askOnce<Answer>(bench: Bench, name: string, question: object): Promise<Answer> {
  const child = startChild(bench, name)
  try {
    return await child.ask<Answer>(question)
  } finally {
    await child.end()
  }
}

/** The other side: answers what `startChild`'s owner asks, until that one has gone. */
export function answerParent(answer: (question: never) => Promise<unknown>): void {
  // It is killed in the end, which would leave nothing compiled for the next one.
  flushCompileCache()
  process.on('disconnect', () => process.exit(1))
  process.on('message', async (question) => {
    const reply: Reply = await answer(question as never).then(
      (value) => ({ ok: true, value }) as const,
      (error: unknown) =>
        ({ ok: false, error: error instanceof Error ? `${error.stack}` : String(error) }) as const,
    )
    process.send?.(reply)
  })
}

async function ask<Answer>(
  child: ChildProcess,
  name: string,
  question: object,
  limitMs: number,
): Promise<Answer> {
  const signal = AbortSignal.timeout(limitMs)
  const done = new AbortController()
  const either = { signal: AbortSignal.any([signal, done.signal]) }
  try {
    const reply = once(child, 'message', either)
    const exit = once(child, 'exit', either).then(([code, by]) => {
      throw new Error(`bench/children/${name}.ts ended with ${code ?? by}`)
    })
    exit.catch(() => {})
    child.send(question)
    const [answer] = (await Promise.race([reply, exit])) as [Reply]
    if (!answer.ok) throw new Error(`bench/children/${name}.ts: ${answer.error}`)
    return answer.value as Answer
  } finally {
    done.abort()
  }
}
