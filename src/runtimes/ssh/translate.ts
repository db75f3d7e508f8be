import { createHash } from 'node:crypto'
import type { HealthCheck } from '../../domain/health-check.ts'
import type { Hook, LifecycleHooks } from '../../domain/revision.ts'
import { buildCommand, interpreterOf } from '../command-line.ts'
import { DEFAULT_CHECK_TIMEOUT_SECONDS } from '../probe.ts'
import type { NodeRef, Wanted } from '../runtime.ts'
import { INTERPRETERS } from './config.ts'
import type { Settings } from './settings.ts'
import { quote, words } from './shell.ts'

const DEFAULT_HOOK_SECONDS = 60
const HOOKS = [
  'preInstall',
  'postInstall',
  'preStop',
  'postStart',
] as const satisfies (keyof LifecycleHooks)[]

/** The beginning of the names of all launches of a key. */
export function launchPrefixOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 24)
}

/** Program and first arguments of the node. */
export function commandOf(settings: Settings, wanted: Wanted): readonly string[] {
  return buildCommand(settings, wanted.spec.code, INTERPRETERS)
}

/**
 * What a launch is, as a file of shell that its host keeps: `remote/start.sh` says who reads it. Only functions and plain
 * values, so that reading it does nothing.
 * @param address how Drover reaches the host
 */
export function buildLaunch(node: NodeRef, wanted: Wanted, settings: Settings, address: string): string {
  const { code } = wanted.spec
  const cwd = code === null ? 'work' : `releases/${code.digest}`
  const { hooks } = settings
  return [
    `n_key=${quote(wanted.key)}`,
    `n_cwd=$d_node/${cwd}`,
    `n_grace=${toHundredths(settings.stopGraceSeconds)}`,
    `n_strict=${settings.preStopFailure === 'keep' ? 1 : 0}`,
    ...HOOKS.map((name) => `n_limit_${name}=${limitOf(hooks[name])}`),
    ...drainOf(settings, address),
    'n_environment() {',
    ...exports(buildEnvironment(node, wanted, settings, address)),
    '  export DROVER_LAUNCH="$d_launch" DROVER_WORK_DIR="$d_node/work"',
    ...(code === null ? [] : ['  export DROVER_CODE_DIR="$d_node/current"']),
    '}',
    `n_program() { exec ${words(commandOf(settings, wanted))}; }`,
    ...HOOKS.flatMap((name) => buildHook(name, hooks[name])),
    '',
  ].join('\n')
}

/** How the host asks whether the node is drained; nothing where nobody waits for that. */
function drainOf({ drain, servicePort }: Settings, address: string): string[] {
  if (drain === undefined) return []
  const host = address.includes(':') ? `[${address}]` : address
  const url = `http://${host}:${drain.port ?? servicePort}${drain.path}`
  const seconds = Math.max(1, Math.ceil(drain.timeoutSeconds ?? DEFAULT_CHECK_TIMEOUT_SECONDS))
  return [
    `n_drain=${toHundredths(drain.drainSeconds ?? 0)}`,
    `n_drain_url=${quote(url)}`,
    `n_drain_timeout=${seconds}`,
  ]
}

/** A command check, to be read after a launch: run as if it were a hook of it. */
export function buildCheck(check: Extract<HealthCheck, { type: 'command' }>): string {
  return `n_hook_check() { exec ${words(check.command)}; }\n`
}

/** How long a check may take, in hundredths of a second. */
export function checkLimitOf(check: HealthCheck): number {
  return Math.max(1, toHundredths(check.timeoutSeconds ?? DEFAULT_CHECK_TIMEOUT_SECONDS))
}

/** Hundredths of a second: what a shell can count in. */
export function toHundredths(seconds: number): number {
  return Math.round(seconds * 100)
}

function buildHook(name: keyof LifecycleHooks, hook: Hook | undefined): string[] {
  if (hook === undefined) return []
  if (hook.script === undefined) return [`n_hook_${name}() { exec ${words(hook.command)}; }`]
  const file = `"$d_node/run/.script-${name}"`
  return [
    `n_hook_${name}() {`,
    `  (umask 077; printf '%s' ${quote(hook.script)} > ${file}) || exit 126`,
    `  exec ${words(interpreterOf(hook.script))} ${file}`,
    '}',
  ]
}

/** 0: there is no such hook. */
function limitOf(hook: Hook | undefined): number {
  return hook === undefined ? 0 : Math.max(1, toHundredths(hook.timeoutSeconds ?? DEFAULT_HOOK_SECONDS))
}

function exports(environment: Readonly<Record<string, string>>): string[] {
  return Object.entries(environment).map(([name, value]) => `  export ${name}=${quote(value)}`)
}

/** The node's variables, but for those that only its host knows. Later lines are stronger. */
function buildEnvironment(
  node: NodeRef,
  { revisionNumber, spec }: Wanted,
  { environment, servicePort }: Settings,
  address: string,
): Record<string, string> {
  const { placement } = node
  const places = {
    DROVER_REGION: placement?.region,
    DROVER_ZONE: placement?.zone,
    DROVER_GROUP: placement?.group,
  }
  return {
    ...(servicePort !== null && { HOST: address }),
    ...environment,
    ...(servicePort !== null && { PORT: String(servicePort) }),
    DROVER_NODE: node.name,
    DROVER_NODE_ID: node.id,
    DROVER_NODE_INDEX: String(node.index),
    DROVER_CLUSTER: node.clusterName,
    DROVER_PROJECT: node.projectName,
    ...(Object.fromEntries(Object.entries(places).filter(([, name]) => name !== undefined)) as Record<
      string,
      string
    >),
    DROVER_REVISION: String(revisionNumber),
    ...(spec.code !== null && { DROVER_BUNDLE: spec.code.bundle }),
    ...(spec.version !== null && { DROVER_VERSION: spec.version }),
  }
}
