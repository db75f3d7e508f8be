import { InvalidSpecError } from '../domain/errors.ts'
import type { CodeConfiguration, CommandLineArgument } from '../domain/revision.ts'

/** Program and first arguments by file ending: `{ '.py': ['python3'] }`. */
export type Interpreters = Readonly<Record<string, readonly string[]>>

/** How command-line arguments are written: `-key value`, `--key value`, `--key=value`, `key value`. */
export type ArgumentForm = 'dash' | 'doubleDash' | 'equals' | 'bare'

/** The interpreters of a host: `node` is the program that JavaScript and TypeScript run on. */
export function defaultInterpreters(node: string): Interpreters {
  return {
    '.js': [node],
    '.mjs': [node],
    '.cjs': [node],
    '.ts': [node],
    '.py': ['python3'],
    '.sh': ['/bin/sh'],
    '.q': ['q'],
  }
}

/** `.py` of `app/main.py`; empty if there is none. */
export function endingOf(script: string): string {
  return /\.[^./]+$/.exec(script)?.[0] ?? ''
}

/** Program and arguments of the node. */
export function buildCommand(
  settings: { readonly command: readonly string[] | null; readonly argumentForm: ArgumentForm },
  code: CodeConfiguration | null,
  interpreters: Interpreters,
): readonly string[] {
  const script = code?.initializationScript ?? null
  const given = (code?.commandLineArguments ?? []).flatMap((each) =>
    writeArgument(each, settings.argumentForm),
  )
  if (script === null) {
    if (settings.command === null) throw new InvalidSpecError('command', 'the revision names nothing to run')
    return [...settings.command, ...given]
  }
  const interpreter = settings.command ?? interpreters[endingOf(script)]
  if (interpreter === undefined) {
    throw new InvalidSpecError(
      'initializationScript',
      `this host has no interpreter for "${script}"; give a command`,
    )
  }
  // A script whose name begins with a dash must not be read as an option.
  return [...interpreter, script.startsWith('-') ? `./${script}` : script, ...given]
}

function writeArgument({ key, value }: CommandLineArgument, form: ArgumentForm): string[] {
  switch (form) {
    case 'dash':
      return [`-${key}`, value]
    case 'doubleDash':
      return [`--${key}`, value]
    case 'equals':
      return [`--${key}=${value}`]
    case 'bare':
      return [key, value]
  }
}

/**
 * Whether there is anything to run.
 * @param script path in the bundle, null when a command alone is run
 * @throws InvalidSpecError naming what is missing
 */
export function checkProgram(
  command: readonly string[] | null,
  script: string | null,
  hasCode: boolean,
  interpreters: Interpreters,
): void {
  if (script === null) {
    if (command !== null) return
    throw new InvalidSpecError(
      'command',
      'nothing to run: give a command, or an initialization script and code',
    )
  }
  if (!hasCode) {
    throw new InvalidSpecError('initializationScript', `"${script}" needs code, and the revision has none`)
  }
  if (script.startsWith('/') || script.includes('\\') || script.split('/').includes('..')) {
    throw new InvalidSpecError(
      'initializationScript',
      `"${script}" must be a path inside the bundle, with "/"`,
    )
  }
  if (command !== null || interpreters[endingOf(script)] !== undefined) return
  const known = Object.keys(interpreters).join(' ')
  throw new InvalidSpecError(
    'initializationScript',
    `no interpreter is known for "${script}"; known endings: ${known}; or give the command that runs it`,
  )
}

/**
 * The program of a script's `#!` line, with the one argument that the line may give, as the kernel reads it; `/bin/sh`
 * without one. Run like this, a script needs no permission to be executed, and no file system that allows it.
 */
export function interpreterOf(script: string): readonly string[] {
  const [, program, argument] = /^#![ \t]*(\S+)(?:[ \t]+(\S.*?))?[ \t]*\r?(?:\n|$)/.exec(script) ?? []
  if (program === undefined) return ['/bin/sh']
  return argument === undefined ? [program] : [program, argument]
}
