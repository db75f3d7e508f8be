import { readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { messageOf } from '../domain/errors.ts'
import { InterruptedError, UsageError } from './cli-error.ts'
import type { Session } from './session.ts'

/**
 * A password or secret from a file's first line (`-`: standard input), or typed unseen. Never from the command line,
 * which every user of the machine can read.
 * @param option names the file option, for messages
 * @throws UsageError when it cannot be had, InterruptedError on ctrl-C
 */
export async function readSecret(
  session: Session,
  file: string | undefined,
  { option, prompt }: { readonly option: string; readonly prompt: string },
): Promise<string> {
  const secret =
    file === undefined ? await ask(session, option, prompt) : await readFirstLine(session, file, option)
  if (secret === '') throw new UsageError(`${option}: there is nothing in it`)
  return secret
}

/**
 * Writes a secret to a new file that only its owner can read.
 * @param undo what to do about the thing whose secret is lost if that fails
 * @throws UsageError
 */
export function saveSecret(file: string, secret: string, undo: string): void {
  try {
    writeFileSync(file, `${secret}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    throw new UsageError(`--save-to: ${messageOf(error)}`, undo)
  }
}

async function readFirstLine({ io }: Session, file: string, option: string): Promise<string> {
  try {
    const content = file === '-' ? await text(io.stdin as NodeJS.ReadStream) : readFileSync(file, 'utf8')
    return content.split('\n', 1)[0]!.replace(/\r$/, '')
  } catch (error) {
    throw new UsageError(`${option}: ${messageOf(error)}`)
  }
}

function ask({ io, signal }: Session, option: string, prompt: string): Promise<string> {
  if (io.stdin.isTTY !== true || io.stderr.isTTY !== true) {
    throw new UsageError(
      'there is no terminal to type it in',
      `give it in a file: ${option} <file>, or - for standard input`,
    )
  }
  io.stderr.write(`${prompt}: `)
  // What is typed is not shown.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const typing = createInterface({ input: io.stdin, output: nowhere, terminal: true })
  return new Promise((resolve, reject) => {
    const end = () => {
      io.stderr.write('\n')
      typing.close()
    }
    typing.once('line', (line) => {
      end()
      resolve(line)
    })
    const interrupted = () => {
      end()
      reject(new InterruptedError('nothing was done'))
    }
    typing.once('SIGINT', interrupted)
    signal.addEventListener('abort', interrupted, { once: true })
  })
}
