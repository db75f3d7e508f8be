import { homedir } from 'node:os'
import { systemClock } from '../system/clock.ts'
import type { Io } from './io.ts'

/** The real thing: this process, its terminal and its user. */
export function processIo(env: Io['env']): Io {
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env,
    clock: systemClock,
    isRoot: process.getuid?.() === 0,
    homeFolder: homedir(),
    onInterrupt(listener) {
      process.on('SIGINT', listener)
      return () => process.removeListener('SIGINT', listener)
    },
  }
}
