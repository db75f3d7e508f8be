import { join } from 'node:path'
import { InvalidSpecError } from '../../domain/errors.ts'
import type { NodeId } from '../../domain/ids.ts'
import type { CodeConfiguration, CommandLineArgument } from '../../domain/revision.ts'
import type { NodeRef, Wanted } from '../runtime.ts'
import type { ArgumentForm, Settings } from './settings.ts'

/** Program and first arguments by file ending: `{ '.py': ['python3'] }`. */
export type Interpreters = Readonly<Record<string, readonly string[]>>

/** Where everything of one node is. */
export interface NodeFolders {
  readonly node: string
  /** The link to the unpacked bundle. */
  readonly code: string
  readonly work: string
  /** Scripts of hooks. */
  readonly hooks: string
  readonly run: string
  readonly logs: string
  readonly outputLog: string
  /** Outlives the node: who removed it. */
  readonly removed: string
}

/** Below the root, beside the nodes' folders. */
export const REMOVED = '.removed'

export function foldersOf(root: string, nodeId: NodeId): NodeFolders {
  const node = join(root, nodeId)
  const logs = join(node, 'logs')
  return {
    node,
    code: join(node, 'code'),
    work: join(node, 'work'),
    hooks: join(node, 'hooks'),
    run: join(node, 'run'),
    logs,
    outputLog: join(logs, 'output.log'),
    removed: join(root, REMOVED, nodeId),
  }
}

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
  settings: Pick<Settings, 'command' | 'argumentForm'>,
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

export interface EnvironmentInput {
  /** Drover's own; only what `passEnvironment` names is taken from it. */
  readonly own: Readonly<Record<string, string | undefined>>
  readonly settings: Settings
  readonly node: NodeRef
  readonly wanted: Wanted
  readonly folders: NodeFolders
  readonly host: string
  readonly port: number | null
}

/** All variables of the node's process, its hooks and its command checks. Later lines are stronger. */
export function buildEnvironment(input: EnvironmentInput): Record<string, string> {
  const { own, settings, node, wanted, folders, host, port } = input
  const { spec } = wanted
  const environment: Record<string, string> = {}
  for (const name of settings.passEnvironment) {
    const value = own[name]
    if (value !== undefined) environment[name] = value
  }
  // Another user cannot use Drover's home.
  if (settings.user !== null) environment['HOME'] = folders.work
  Object.assign(environment, settings.environment)
  if (port !== null) Object.assign(environment, { PORT: String(port), HOST: host })
  Object.assign(environment, {
    DROVER_NODE: node.name,
    DROVER_NODE_ID: node.id,
    DROVER_NODE_INDEX: String(node.index),
    DROVER_CLUSTER: node.clusterName,
    DROVER_PROJECT: node.projectName,
    ...placesOf(node),
    DROVER_REVISION: String(wanted.revisionNumber),
    DROVER_WORK_DIR: folders.work,
  })
  if (spec.code !== null) {
    Object.assign(environment, { DROVER_BUNDLE: spec.code.bundle, DROVER_CODE_DIR: folders.code })
  }
  if (spec.version !== null) environment['DROVER_VERSION'] = spec.version
  return environment
}

export interface LauncherInput {
  readonly runDir: string
  readonly launch: string
  readonly bootId: string
  readonly port: number | null
  readonly limits: Settings['limits']
  readonly command: readonly string[]
}

/** The launcher's arguments, in the order in which launcher.ts takes them. */
export function buildLauncherArguments(input: LauncherInput): readonly string[] {
  const { memoryBytes, openFiles } = input.limits
  const orDash = (value: number | null) => (value === null ? '-' : String(value))
  return [
    input.runDir,
    input.launch,
    input.bootId,
    orDash(input.port),
    orDash(openFiles),
    orDash(memoryBytes === null ? null : Math.ceil(memoryBytes / 1024)),
    ...input.command,
  ]
}

function placesOf({ placement }: NodeRef): Record<string, string> {
  const places = {
    DROVER_REGION: placement?.region,
    DROVER_ZONE: placement?.zone,
    DROVER_GROUP: placement?.group,
  }
  return Object.fromEntries(Object.entries(places).filter(([, name]) => name !== undefined)) as Record<
    string,
    string
  >
}
