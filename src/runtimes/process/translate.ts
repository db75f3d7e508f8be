import { join } from 'node:path'
import type { NodeId } from '../../domain/ids.ts'
import type { NodeRef, Wanted } from '../runtime.ts'
import type { Settings } from './settings.ts'

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
