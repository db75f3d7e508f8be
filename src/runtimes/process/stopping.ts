import { messageOf } from '../../domain/errors.ts'
import type { Readiness } from '../../domain/health-check.ts'
import { sleep } from '../../system/clock.ts'
import { probeReadiness } from '../probe.ts'
import type { NodeRef, RuntimeContext } from '../runtime.ts'
import { isAlive, stopGroup } from './groups.ts'
import { runHook } from './hooks.ts'
import type { Deps } from './placement.ts'
import { ownerOf, resolveUser } from './programs.ts'
import { type Launch, launchesIn, type PidRecord, readIntent, readPidRecord } from './run-state.ts'
import { assertTerm } from './term.ts'
import type { NodeFolders } from './translate.ts'

const DRAIN_POLL_MS = 100

/**
 * Runs preStop for whatever lives on the node and is not kept, and waits until it is drained, where its profile says how to tell.
 * @param mode `lenient`: a failure is noted and does not matter
 */
export async function runPreStops(
  deps: Deps,
  ctx: RuntimeContext,
  node: NodeRef,
  folders: NodeFolders,
  mode: 'strict' | 'lenient',
  kept: Launch | null = null,
): Promise<void> {
  for (const launch of launchesIn(folders.run)) {
    if (launch === kept) continue
    const record = readPidRecord(folders.run, launch)
    const intent = readIntent(folders.run, launch)
    if (record === null || intent === null || !isAlive(deps.table, record)) continue
    const strict = mode === 'strict' && intent.preStopFailure === 'keep'
    try {
      const user = intent.user === null ? null : await resolveUser(intent.user)
      await runHook({
        name: 'preStop',
        hooks: intent.hooks,
        nodeId: node.id,
        cwd: intent.cwd,
        environment: intent.environment,
        commandPrefix: user?.prefix ?? [],
        owner: ownerOf(user),
        hooksDir: folders.hooks,
        runDir: folders.run,
        outputLog: folders.outputLog,
        table: deps.table,
        clock: deps.clock,
        signal: ctx.signal,
      })
      if (intent.drain) await untilDrained(deps, ctx, node, record, intent.drain)
    } catch (error) {
      if (strict || ctx.signal.aborted) throw error
      ctx.log.warn(
        { nodeId: node.id, reason: messageOf(error) },
        'preStop failed; the node is stopped all the same',
      )
    }
  }
}

/** Waits until a process that was told to drain says that it is not ready any more, is gone, or had its time. */
async function untilDrained(
  deps: Deps,
  ctx: RuntimeContext,
  node: NodeRef,
  record: PidRecord,
  drain: Readiness,
): Promise<void> {
  const { clock, host, table } = deps
  const endpoint = record.port === null ? null : { host, port: record.port }
  const drainSeconds = drain.drainSeconds ?? 0
  const until = clock.now() + drainSeconds * 1000
  while (isAlive(table, record)) {
    const { passing } = await probeReadiness(drain, endpoint, host, ctx.signal)
    if (!passing) return
    if (clock.now() >= until) {
      ctx.log.warn({ nodeId: node.id, drainSeconds }, 'a node is stopped that still says that it is ready')
      return
    }
    await sleep(clock, DRAIN_POLL_MS, ctx.signal)
  }
}

/**
 * Ends all processes of the node but those of the kept launches.
 * @param meanwhile called whenever one was told to end; must not throw
 */
export async function stopAllBut(
  deps: Deps,
  ctx: RuntimeContext,
  node: NodeRef,
  folders: NodeFolders,
  kept: readonly (Launch | null)[],
  meanwhile?: () => void,
): Promise<void> {
  const others = launchesIn(folders.run).filter((launch) => !kept.includes(launch))
  for (const launch of others) {
    const record = readPidRecord(folders.run, launch)
    if (record === null) continue
    const graceSeconds = readIntent(folders.run, launch)?.stopGraceSeconds ?? 0
    await stopGroup({
      table: deps.table,
      clock: deps.clock,
      record,
      nodeId: node.id,
      graceMs: graceSeconds * 1000,
      signal: ctx.signal,
      assertMayAct: () => assertTerm(ctx, node, folders),
      meanwhile,
    })
  }
}
