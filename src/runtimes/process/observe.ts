import type { HealthCheck } from '../../domain/health-check.ts'
import type { Json } from '../../domain/ids.ts'
import type { Endpoint } from '../../domain/node.ts'
import { askReadiness, DEFAULT_CHECK_TIMEOUT_SECONDS, type ProbeResult, probe } from '../probe.ts'
import type { NodeRef, Observed, RuntimeContext } from '../runtime.ts'
import { describeExit } from './client.ts'
import { runCommand } from './command.ts'
import { isAlive } from './groups.ts'
import type { Deps } from './placement.ts'
import { resolveUser } from './programs.ts'
import {
  type Intent,
  type Launch,
  launchesIn,
  type PidRecord,
  readExit,
  readIntent,
  readPidRecord,
  readWanted,
} from './run-state.ts'
import { foldersOf } from './translate.ts'

/** {@link Runtime.observe}. */
export async function observe(
  deps: Deps,
  ctx: RuntimeContext,
  node: NodeRef,
  handle: Json,
  check: HealthCheck | null,
): Promise<Observed> {
  ctx.signal.throwIfAborted()
  const { run } = foldersOf(deps.root, node.id)
  const wanted = readWanted(run)?.launch ?? null
  const found = findRunning(deps, run, wanted, launchOfHandle(handle))
  if (found === null) return { running: false, passing: null, ...whyNot(deps, run, wanted) }

  const { intent, record } = found
  const key = intent?.key ?? null
  const runs = `runs as pid ${record.pid}`
  if (check === null) return { running: true, key, passing: null, detail: runs }
  const passed = await carryOut(deps, ctx, check, record, intent, runs)
  return {
    running: true,
    key,
    ...(await askReadiness(check, passed, endpointOf(deps, record), deps.host, ctx.signal)),
  }
}

interface Running {
  readonly intent: Intent | null
  readonly record: PidRecord
}

/** The process that is named, the wanted one, or one that still has to make way for it. */
function findRunning(
  { table }: Deps,
  run: string,
  wanted: Launch | null,
  named: Launch | null,
): Running | null {
  const launches = launchesIn(run)
  // One that was started beside another and died must not be taken for the other.
  const isAlone = named !== null && named === wanted && launches.includes(named)
  const others = isAlone ? [] : launches.filter((launch) => launch !== wanted && launch !== named)
  for (const launch of [named, wanted, ...others]) {
    const record = launch === null ? null : readPidRecord(run, launch)
    if (launch !== null && record !== null && isAlive(table, record))
      return { record, intent: readIntent(run, launch) }
  }
  return null
}

/** The launch that a handle names; null in those that an older Drover made. */
export function launchOfHandle(handle: Json): Launch | null {
  return ((handle ?? {}) as { readonly launch?: Launch }).launch ?? null
}

/** Why nothing runs, in words. */
export function whyNot(
  { table }: Deps,
  run: string,
  wanted: Launch | null,
): { key: string | null; detail: string } {
  if (wanted === null) return { key: null, detail: 'is stopped' }
  const key = readIntent(run, wanted)?.key ?? null
  const record = readPidRecord(run, wanted)
  if (record === null) return { key, detail: 'was not started yet' }
  const exit = readExit(run, wanted)
  if (exit !== null) return { key, detail: `pid ${record.pid} ${describeExit(exit)} at ${iso(exit.at)}` }
  const cause = record.bootId === table.bootId ? 'its exit code was not seen' : 'the host was restarted'
  return { key, detail: `pid ${record.pid} is gone; ${cause}` }
}

async function carryOut(
  deps: Deps,
  ctx: RuntimeContext,
  check: HealthCheck,
  record: PidRecord,
  intent: Intent | null,
  runs: string,
): Promise<ProbeResult> {
  if (check.type === 'alive') return { passing: true, detail: runs }
  const { host, clock } = deps
  if (check.type !== 'command') {
    return probe(check, endpointOf(deps, record), host, ctx.signal)
  }
  const user = intent?.user ?? null
  const result = await runCommand({
    command: [...(user === null ? [] : (await resolveUser(user)).prefix), ...check.command],
    cwd: intent?.cwd ?? deps.root,
    environment: intent?.environment ?? {},
    timeoutMs: (check.timeoutSeconds ?? DEFAULT_CHECK_TIMEOUT_SECONDS) * 1000,
    clock,
    signal: ctx.signal,
  })
  const lastLine = result.tail.split('\n').at(-1) ?? ''
  const detail = `check "${check.command[0]}" ${result.outcome}${lastLine === '' ? '' : `: ${lastLine}`}`
  return { passing: result.passed, detail }
}

function endpointOf({ host }: Deps, { port }: PidRecord): Endpoint | null {
  return port === null ? null : { host, port }
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
