import type { Readable } from 'node:stream'
import { HookFailedError, LeaseLostError, RuntimeFailedError } from '../../domain/errors.ts'
import type { RevisionId } from '../../domain/ids.ts'
import type { Clock } from '../../system/clock.ts'
import { Slots } from '../../system/slots.ts'
import type { CodeSource, NodeRef, RuntimeContext, Wanted } from '../runtime.ts'
import { type Answer, errorOf } from './answer.ts'
import type { HostDirectory } from './directory.ts'
import { runScript } from './exec.ts'
import { knownKeysOf } from './host-keys.ts'
import { candidatesFor, requireListed, type Target, targetOf } from './inventory.ts'
import type { Pool } from './pool.ts'
import { buildScript, type StepName } from './script.ts'
import { readSettings, type Settings } from './settings.ts'

/** What all parts of the runtime share. */
export interface Deps {
  readonly directory: HostDirectory
  readonly code: CodeSource
  readonly clock: Clock
  readonly pool: Pool
  /** Names this runtime on hosts: what it began and lost sight of is its own to end. */
  readonly instance: string
  /** One step at a time for each node. */
  readonly turns: Turns
}

/** A node on its host. */
export interface Site {
  readonly node: NodeRef
  readonly target: Target
  readonly settings: Settings
}

/** A script said that a release is not there, or not whole. */
export class ReleaseError extends RuntimeFailedError {
  readonly kind: 'missing' | 'damaged'
  constructor(kind: 'missing' | 'damaged', message: string) {
    super(message, { retryable: true })
    this.kind = kind
  }
}

/**
 * The host that a node has, or gets now, for what it is to run.
 * @throws RuntimeFailedError when every host of the inventory is taken
 * @throws LeaseLostError if a higher term has spoken for the node
 */
export async function settle(deps: Deps, ctx: RuntimeContext, node: NodeRef, wanted: Wanted): Promise<Site> {
  ctx.signal.throwIfAborted()
  const settings = readSettings(wanted.spec.settings)
  const candidates = candidatesFor(settings, node)
  const id = await deps.directory.claim(node.id, ctx.term, candidates)
  if (id === null) {
    const all =
      candidates.length === 1 ? `host ${candidates[0]} carries` : `all ${candidates.length} hosts carry`
    throw new RuntimeFailedError(
      `node ${node.name}: ${candidates.length === 0 ? 'the profile lists no host for it' : `${all} a node of this cluster already`}; list more hosts in the profile`,
    )
  }
  requireListed(settings, node, id)
  return { node, target: targetOf(settings, id), settings }
}

/** The host that a node has, reached as it was last reached; null if nothing of ours is on any. */
export async function find(deps: Deps, node: NodeRef): Promise<Site | null> {
  const known = await deps.directory.find(node.id)
  if (known?.host == null || !known.isReached) return null
  if (known.settings === null) {
    throw new RuntimeFailedError(
      `node ${node.name}: nothing is kept of how host ${known.host} is reached; start it anew`,
    )
  }
  const settings = readSettings(known.settings)
  return { node, target: targetOf(settings, known.host), settings }
}

export interface StepRun {
  readonly values?: Readonly<Record<string, string | number>>
  /** Shell put before the step: functions it calls. */
  readonly functions?: string
  readonly payload?: () => Promise<Readable>
  /** The node in whose name the host is reached, if that is another one. */
  readonly on?: Site
}

/**
 * Does one step on the node's host.
 * @throws LeaseLostError, HookFailedError, ReleaseError, RuntimeFailedError: what the host said
 */
export async function runStep(
  deps: Deps,
  ctx: Pick<RuntimeContext, 'signal' | 'term'>,
  site: Site,
  step: StepName,
  { values = {}, functions = '', payload, on = site }: StepRun = {},
): Promise<Answer> {
  const { node, target } = site
  const script = functions + buildScript(step, { ...commonValues(deps, ctx, site), ...values })
  const answer = await deps.pool.use(target, scopeOf(deps, on), ctx.signal, async (connection) =>
    runScript(connection, {
      hostId: target.id,
      script,
      sudo: target.sudo,
      signal: ctx.signal,
      ...(payload && { payload: await payload() }),
    }),
  )
  const error = errorOf(answer)
  if (error === null) return answer
  const where = `node ${node.name} on host ${target.id}`
  const tail = answer.all('tail').join('\n')
  const output = tail === '' ? 'it printed nothing' : `its last output:\n${tail}`
  switch (error.code) {
    case 'lease_lost':
      throw new LeaseLostError(`node ${node.name}`)
    case 'hook_failed':
      throw new HookFailedError(answer.first('hook') ?? '', `on host ${target.id} ${error.text}; ${output}`)
    case 'release_missing':
      throw new ReleaseError('missing', `${where}: its code is not there`)
    case 'release_damaged':
      throw new ReleaseError('damaged', `${where}: ${error.text}`)
    default:
      throw new RuntimeFailedError(`${where}: ${error.text}${tail === '' ? '' : `; ${output}`}`)
  }
}

/** What every script is told. */
export function commonValues(
  { instance }: Pick<Deps, 'instance'>,
  { term }: Pick<RuntimeContext, 'term'>,
  { node, settings }: Site,
): Record<string, string | number> {
  return {
    ...{ d_base: settings.folder, d_id: node.id, d_term: term, d_instance: instance },
    ...{ d_service: settings.service, d_keep_releases: settings.keepReleases },
  }
}

/** Whose knowledge of host keys counts. */
export function scopeOf({ directory }: Pick<Deps, 'directory'>, { node, target }: Site) {
  return { name: node.projectName, keys: knownKeysOf(directory, node.id, target) }
}

/** Notes that the host was reached with this revision. To be called before anything is put there. */
export async function noteReached(
  deps: Deps,
  ctx: RuntimeContext,
  { node }: Site,
  revision: RevisionId,
): Promise<void> {
  await deps.directory.noteReached(node.id, ctx.term, revision)
}

/** Lets each node's steps come one after the other. */
export class Turns {
  readonly #turns = new Map<string, { readonly slots: Slots; users: number }>()

  async take<T>(node: NodeRef, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const turn = this.#turns.get(node.id) ?? { slots: new Slots(1), users: 0 }
    this.#turns.set(node.id, turn)
    turn.users += 1
    try {
      const release = await turn.slots.take(signal)
      try {
        return await work()
      } finally {
        release()
      }
    } finally {
      turn.users -= 1
      if (turn.users === 0) this.#turns.delete(node.id)
    }
  }
}
