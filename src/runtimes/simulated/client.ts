import { createHash } from 'node:crypto'
import { RuntimeFailedError } from '../../domain/errors.ts'
import type { JsonObject, NodeId } from '../../domain/ids.ts'
import type { NodeRef, OperationRequest, Runtime, RuntimeContext, Started, Wanted } from '../runtime.ts'
import { beginOperation, type Deps } from '../scripted/client.ts'
import type { ResourceType } from './resource-type.ts'

/** What a resource is beyond the scripted thing that carries it. */
interface Extra {
  readonly physicalId: string
  readonly condition: string
  readonly notes: JsonObject
}

/** {@link Runtime.start}, with an id as the resource's own API would give it. */
export async function start(
  { world }: Deps,
  base: Runtime,
  ctx: RuntimeContext,
  node: NodeRef,
  wanted: Wanted,
): Promise<Started> {
  const started = await base.start(ctx, node, wanted)
  const { physicalId } = (world.extras.get(node.id) ?? {}) as Partial<Extra>
  return { ...started, physicalId: physicalId ?? idOf(wanted.key) }
}

/** {@link PerformsOperations.perform}. */
export async function perform(
  deps: Deps,
  type: ResourceType,
  ctx: RuntimeContext,
  node: NodeRef,
  { name, params }: OperationRequest,
): Promise<void> {
  const move = Object.hasOwn(type.moves, name) ? type.moves[name] : undefined
  if (!move) throw new RuntimeFailedError(`a ${type.noun} cannot ${name}`)
  await beginOperation(deps, ctx, node)
  const extra = extraOf(deps, type, node.id)
  const { condition } = extra
  // Done before a crash, perhaps.
  const isDone = move.to === condition && !move.from?.includes(condition)
  if (!isDone && move.from && !move.from.includes(condition)) {
    const needed = move.from.join(' or ')
    throw new RuntimeFailedError(
      `${type.noun} ${extra.physicalId} is ${condition}; ${name} needs it to be ${needed}`,
    )
  }
  const next = {
    ...extra,
    condition: move.to ?? condition,
    notes: { ...extra.notes, ...move.notes?.(params) },
  }
  deps.world.extras.set(node.id, next)
  const serves = next.condition === type.serving
  if (next.condition !== condition) deps.world.setHealth(node.id, serves ? null : false)
}

/** {@link ShowsDetails.details}. */
export async function details(deps: Deps, type: ResourceType, node: NodeRef): Promise<JsonObject | null> {
  const state = deps.world.nodes.get(node.id)
  if (!state?.thing || !state.settings) return null
  const { physicalId, condition, notes } = extraOf(deps, type, node.id)
  const { resource } = state.settings as unknown as { readonly resource: JsonObject }
  const startedAt = `${new Date(state.thing.startedAt).toISOString().slice(0, 19)}Z`
  return type.details({ id: physicalId, node, values: resource, condition, notes, startedAt })
}

/** {@link Adopts.inspect}. */
export async function inspect(
  deps: Deps,
  type: ResourceType,
  identity: string,
  { snapshot }: { readonly snapshot: boolean },
): Promise<JsonObject> {
  const { properties } = findExisting(deps, type, identity, null)
  return { ...properties, ...(snapshot && type.snapshot?.({ id: identity })) }
}

/** {@link Adopts.adopt}. */
export async function adopt(
  deps: Deps,
  type: ResourceType,
  base: Runtime,
  ctx: RuntimeContext,
  node: NodeRef,
  wanted: Wanted,
  identity: string,
): Promise<Started> {
  const existing = findExisting(deps, type, identity, node.id)
  const { owner } = existing
  existing.owner = node.id
  const started = await base.start(ctx, node, wanted).catch((error: unknown) => {
    existing.owner = owner
    throw error
  })
  const extra = extraOf(deps, type, node.id)
  deps.world.extras.set(node.id, { ...extra, physicalId: identity })
  return { ...started, physicalId: identity }
}

function findExisting({ world }: Deps, type: ResourceType, identity: string, node: NodeId | null) {
  const found = world.existing.get(identity)
  if (!found || found.type !== type.type) {
    throw new RuntimeFailedError(`there is no ${type.noun} ${identity} to adopt`)
  }
  if (found.owner !== null && found.owner !== node) {
    throw new RuntimeFailedError(`${type.noun} ${identity} belongs to node ${found.owner}`)
  }
  return found
}

function extraOf({ world }: Deps, type: ResourceType, id: NodeId): Extra {
  const known = world.extras.get(id) as Extra | undefined
  const key = world.nodes.get(id)?.thing?.key ?? id
  return known ?? { physicalId: idOf(key), condition: type.serving, notes: {} }
}

/** A UUID that is the same for the same start. */
function idOf(key: string): string {
  const hex = createHash('sha256').update(key).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
