import { posix } from 'node:path'
import type { RevisionSpec } from '../domain/revision.ts'

/** A file that a revision names by a path inside its bundle. */
export interface NeededFile {
  readonly path: string
  /** For people: `the command`, `the hook preStop`. */
  readonly neededBy: string
}

/** Programs whose first argument is a script to be run. */
const INTERPRETERS = /^(?:bash|bun|dash|deno|node|perl|php|pwsh|python[\d.]*|q|ruby|sh)$/

/**
 * The files of its bundle that a revision's command, health check and hooks name, as far as that can be read from them:
 * a program with a path that is not absolute, and the script that a known interpreter is given. All of them run in the
 * folder of the code. That its initialization script exists was checked when the revision was made.
 */
export function neededFiles({ code, settings, healthCheck, nodeTemplate }: RevisionSpec): NeededFile[] {
  if (code === null) return []
  const hooks = { ...asRecord(settings['hooks']), ...nodeTemplate.hooks }
  const commands: readonly (readonly [neededBy: string, command: unknown])[] = [
    ['the command', settings['command']],
    ['the health check', healthCheck.type === 'command' ? healthCheck.command : null],
    ...Object.entries(hooks).map(([name, hook]) => [`the hook ${name}`, asRecord(hook)['command']] as const),
  ]
  return commands.flatMap(([neededBy, command]) => {
    const path = isWords(command) ? fileOf(command) : null
    return path === null ? [] : [{ path, neededBy }]
  })
}

function fileOf([program = '', first = '']: readonly string[]): string | null {
  if (program.includes('/') && !posix.isAbsolute(program)) return insideBundle(program)
  if (!INTERPRETERS.test(posix.basename(program)) || first === '' || first.startsWith('-')) return null
  // A sub-command, as of "deno run", has no ending and no folder.
  return posix.isAbsolute(first) || !/[./]/.test(first) ? null : insideBundle(first)
}

/** Null for what lies outside: nobody can tell here whether it exists. */
function insideBundle(path: string): string | null {
  const normal = posix.normalize(path)
  return normal.startsWith('..') ? null : normal
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}

function isWords(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((word) => typeof word === 'string')
}
