import { readFileSync } from 'node:fs'
import { assign } from './shell.ts'

/** A piece of shell that runs on hosts: a file of `remote/`. */
type Piece = 'prelude' | 'lock' | 'stop' | 'hooks' | 'start' | 'launcher' | 'hook-runner' | `step-${StepName}`

/** What is done on a host in one go. */
export type StepName =
  | 'release'
  | 'install'
  | 'prepare'
  | 'start'
  | 'place'
  | 'stop'
  | 'remove'
  | 'observe'
  | 'logs'

const pieces = new Map<Piece, string>()

/** The text of a piece, without its comments. */
export function pieceOf(name: Piece): string {
  const known = pieces.get(name)
  if (known !== undefined) return known
  const text = readFileSync(new URL(`./remote/${name}.sh`, import.meta.url), 'utf8').replace(
    /^\s*#.*\n/gm,
    '',
  )
  pieces.set(name, text)
  return text
}

/** The whole text of a step: what it is told, what every step can do, and what it does. */
export function buildScript(step: StepName, values: Readonly<Record<string, string | number>>): string {
  const isLook = step === 'observe' || step === 'logs'
  const common: readonly Piece[] = ['prelude', 'lock', 'stop', 'hooks']
  const parts: readonly Piece[] = [...common, ...(isLook ? [] : (['start'] as const)), `step-${step}`]
  return assign(values) + parts.map(pieceOf).join('')
}

/**
 * The command that runs a script which arrives on standard input, whose rest the script may read itself. It is the same
 * for every login shell that there is, and all that a process list shows.
 */
export function buildCommandLine(script: string, sudo: boolean): string {
  const shell = `sh -c 'eval "$(head -c ${Buffer.byteLength(script)})"'`
  return sudo ? `sudo -n -H -- ${shell}` : shell
}
