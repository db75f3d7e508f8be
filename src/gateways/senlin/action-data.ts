import type { Json, JsonObject } from '../../domain/ids.ts'
import { toSnakeCase } from './translate.ts'

/** What the engine keeps in an action's data once policies were asked. */
interface Asked {
  readonly isAllowed?: boolean
  readonly decisions?: Decisions
  readonly said?: readonly { readonly because: string }[]
}

interface Decisions {
  readonly count?: number
  readonly quotas?: readonly { readonly by: 'region' | 'zone'; readonly counts: JsonObject }[]
  readonly remove?: readonly string[]
  readonly deletion?: {
    readonly destroyAfterDeletion: boolean
    readonly gracePeriodSeconds: number
    readonly reduceDesiredCapacity: boolean
    readonly hook: Hook | null
  }
  readonly placements?: readonly { readonly region?: string; readonly zone?: string }[]
  readonly batch?: { readonly size: number; readonly pauseSeconds: number }
}

type Hook = { readonly timeoutSeconds: number } & (
  | { readonly type: 'webhook'; readonly url: string }
  | { readonly type: 'queue'; readonly queue: string }
)

/**
 * An action's data: what policies decided stands where clients of this API look for it (`creation`, `deletion`, `update`,
 * `placement`, `hooks`), beside it what each policy said.
 */
export function presentActionData(data: JsonObject): JsonObject {
  const { isAllowed, decisions = {}, said, ...rest } = data as JsonObject & Asked
  const shown = toSnakeCase(rest as JsonObject) as JsonObject
  if (said === undefined) return shown
  return {
    ...shown,
    status: isAllowed === false ? 'ERROR' : 'OK',
    reason: said.at(-1)?.because ?? null,
    said: toSnakeCase(said as unknown as Json),
    ...presentDecisions(decisions),
  }
}

function presentDecisions({ count = 0, quotas, remove, deletion, placements, batch }: Decisions): JsonObject {
  const leaving = remove?.length ?? Math.max(0, -count)
  return {
    ...(count > 0 && { creation: { count, ...places(placements ?? []) } }),
    ...(leaving > 0 && {
      deletion: {
        count: leaving,
        ...(remove && { candidates: [...remove] }),
        ...(deletion && {
          destroy_after_deletion: deletion.destroyAfterDeletion,
          grace_period: deletion.gracePeriodSeconds,
          reduce_desired_capacity: deletion.reduceDesiredCapacity,
        }),
        ...Object.fromEntries((quotas ?? []).map(({ by, counts }) => [`${by}s`, counts])),
      },
    }),
    ...(deletion?.hook && { hooks: presentHook(deletion.hook) }),
    ...(placements && {
      placement: {
        count: placements.length,
        placements: placements.map((placement) => toSnakeCase(placement as JsonObject)),
      },
    }),
    ...(batch && { update: { batch_size: batch.size, pause_time: batch.pauseSeconds } }),
  }
}

/** How many new nodes come to each region and each zone. */
function places(placements: NonNullable<Decisions['placements']>): JsonObject {
  const kinds = (['region', 'zone'] as const).flatMap((kind) => {
    const counts: Record<string, number> = {}
    for (const { [kind]: place } of placements) if (place) counts[place] = (counts[place] ?? 0) + 1
    return Object.keys(counts).length === 0 ? [] : [[`${kind}s`, counts] as const]
  })
  return Object.fromEntries(kinds)
}

function presentHook(hook: Hook): JsonObject {
  const [type, params] =
    hook.type === 'webhook' ? ['webhook', { url: hook.url }] : ['zaqar', { queue: hook.queue }]
  return { type, params, timeout: hook.timeoutSeconds } as JsonObject
}
