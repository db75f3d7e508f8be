import type { Drift, DriftKind } from '../../domain/drift.ts'
import type { HealthCheck } from '../../domain/health-check.ts'
import type { Endpoint } from '../../domain/node.ts'
import { askReadiness, probe } from '../probe.ts'
import type { NodeRef, Observed, RuntimeContext } from '../runtime.ts'
import type { Answer } from './answer.ts'
import { type Deps, find, runStep, type Site } from './site.ts'
import { buildCheck, checkLimitOf, toHundredths } from './translate.ts'

const LOG_BYTES = 10 * 1024 * 1024

/**
 * {@link Runtime.observe}. A node whose host is not as it was left does not pass, whatever its check would say: what it
 * serves is not what it was given, or would not be after the next start.
 */
export async function observe(
  deps: Deps,
  ctx: RuntimeContext,
  node: NodeRef,
  check: HealthCheck | null,
): Promise<Observed> {
  ctx.signal.throwIfAborted()
  const site = await find(deps, node)
  if (site === null) return { running: false, key: null, passing: null, detail: 'has no host yet' }
  const answer = await lookAt(deps, ctx, site, check)
  const key = answer.first('key') ?? null
  const [state = '', pid = ''] = (answer.first('state') ?? '').split(' ')
  if (state !== 'running') return { running: false, key, passing: null, detail: whyNot(state, pid, site) }
  const runs = `runs as pid ${pid} on host ${site.target.id}`
  const drift = answer.all('drift')
  if (check === null) {
    return {
      running: true,
      key,
      passing: null,
      detail: drift.length === 0 ? runs : describeDrift(site, drift),
    }
  }
  if (drift.length > 0) return { running: true, key, passing: false, detail: describeDrift(site, drift) }
  const passed = await carryOut(ctx, site, check, answer, runs)
  const { address } = site.target.host
  return { running: true, key, ...(await askReadiness(check, passed, endpointOf(site), address, ctx.signal)) }
}

/** {@link DetectsDrift.findDrift}: the same look, its findings one by one. */
export async function findDrift(deps: Deps, ctx: RuntimeContext, node: NodeRef): Promise<readonly Drift[]> {
  ctx.signal.throwIfAborted()
  const site = await find(deps, node)
  if (site === null) return []
  const answer = await lookAt(deps, ctx, site, null)
  const [state = '', pid = ''] = (answer.first('state') ?? '').split(' ')
  if (state !== 'running') return [{ kind: 'process', because: whyNot(state, pid, site) }]
  return answer.all('drift').map((line) => {
    const because = `on host ${site.target.id} ${line}`
    return { kind: KINDS.find(([pattern]) => pattern.test(line))?.[1] ?? 'files', because }
  })
}

/** The lines of `remote/step-observe.sh`, but for those about files. */
const KINDS: readonly (readonly [RegExp, DriftKind])[] = [
  [/^what it is started with/, 'command'],
  [/^processes of another start/, 'unknown-process'],
]

function lookAt(deps: Deps, ctx: RuntimeContext, site: Site, check: HealthCheck | null): Promise<Answer> {
  return runStep(deps, ctx, site, 'observe', {
    values: {
      d_verify: toHundredths(site.settings.driftSeconds),
      d_log_bytes: LOG_BYTES,
      d_check_text: check?.type === 'command' ? buildCheck(check) : '',
      d_check_limit: check === null ? 0 : checkLimitOf(check),
    },
  })
}

async function carryOut(
  ctx: RuntimeContext,
  site: Site,
  check: HealthCheck,
  answer: Answer,
  runs: string,
): Promise<{ readonly passing: boolean; readonly detail: string }> {
  switch (check.type) {
    case 'alive':
      return { passing: true, detail: runs }
    case 'command': {
      const tail = answer.first('tail') ?? ''
      const detail = `check "${check.command[0]}" ${answer.first('outcome')}${tail === '' ? '' : `: ${tail}`}`
      return { passing: answer.first('check') === 'passed', detail }
    }
    default: {
      return await probe(check, endpointOf(site), site.target.host.address, ctx.signal)
    }
  }
}

function endpointOf({ settings, target }: Site): Endpoint | null {
  return settings.servicePort === null ? null : { host: target.host.address, port: settings.servicePort }
}

function whyNot(state: string, pid: string, { target }: Site): string {
  const where = `on host ${target.id}`
  switch (state) {
    case 'dead':
      return `pid ${pid} ${where} is gone; its exit code was not seen`
    case 'rebooted':
      return `pid ${pid} ${where} is gone; the host was restarted`
    case 'unstarted':
      return `was not started yet ${where}`
    case 'stopped':
      return `is stopped ${where}`
    default:
      return `is not ${where}`
  }
}

function describeDrift({ target }: Site, drift: readonly string[]): string {
  return `host ${target.id} is not as it was left: ${drift.join('; ')}; update or repair the node to bring it back`
}
