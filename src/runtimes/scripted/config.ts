import { type Static, Type } from 'typebox'
import { HealthCheckSchema, NodeTemplateSchema, ReadinessSchema } from '../../bundles/manifest-schema.ts'
import { createSchemaCheck } from '../../bundles/schema-check.ts'
import { DRIFT_KINDS, type DriftKind } from '../../domain/drift.ts'
import type { HealthCheck } from '../../domain/health-check.ts'
import type { JsonObject } from '../../domain/ids.ts'
import { checkProperties } from '../properties.ts'
import { withReadiness } from '../readiness.ts'
import type { ResolvedSettings, ResolveInput } from '../runtime.ts'

const closed = { additionalProperties: false }
const milliseconds = Type.Number({ minimum: 0, maximum: 86_400_000 })

const latency = Type.Union([milliseconds, Type.Object({ min: milliseconds, max: milliseconds }, closed)], {
  description: 'Milliseconds, fixed or drawn evenly from a range.',
})
const failure = Type.Union([Type.Literal('never'), Type.Literal('always'), Type.Literal('first')])

/** Properties of a profile of type `scripted`, version 1.0: how its nodes behave. */
export const propertiesSchema = Type.Object(
  {
    latency: Type.Optional(
      Type.Object(
        {
          prepareMs: Type.Optional(latency),
          startMs: Type.Optional(latency),
          stopMs: Type.Optional(latency),
          observeMs: Type.Optional(latency),
          operateMs: Type.Optional(latency),
        },
        { ...closed, description: 'How long calls take. Default 0.' },
      ),
    ),
    failures: Type.Optional(
      Type.Object(
        {
          prepare: Type.Optional(failure),
          start: Type.Optional(failure),
          stop: Type.Optional(failure),
          operate: Type.Optional(failure),
          rate: Type.Optional(
            Type.Number({ minimum: 0, maximum: 1, description: 'Chance that any start fails. Default 0.' }),
          ),
          moment: Type.Optional(
            Type.Union([Type.Literal('before'), Type.Literal('after')], {
              description: 'after: the thing is done and the answer lost. Default before.',
            }),
          ),
          nodes: Type.Optional(
            Type.Array(Type.Integer({ minimum: 0 }), {
              description: 'Indexes of the nodes that fail. Default: all.',
            }),
          ),
        },
        { ...closed, description: 'Which calls fail.' },
      ),
    ),
    health: Type.Optional(
      Type.Object(
        {
          passesAfterMs: Type.Optional(
            Type.Union([milliseconds, Type.Literal('never')], { description: 'After the start. Default 0.' }),
          ),
          failsAfterMs: Type.Optional(milliseconds),
          passRate: Type.Optional(
            Type.Number({
              minimum: 0,
              maximum: 1,
              description: 'Chance that a check which should pass does. Default 1.',
            }),
          ),
          nodes: Type.Optional(
            Type.Array(Type.Integer({ minimum: 0 }), {
              description: 'Indexes that this is about; others pass at once.',
            }),
          ),
        },
        { ...closed, description: 'What health checks find.' },
      ),
    ),
    lies: Type.Optional(
      Type.Union([Type.Literal('none'), Type.Literal('saysRunning'), Type.Literal('saysGone')], {
        description: 'What observing claims against the truth: dead things run, or living ones are gone.',
      }),
    ),
    drift: Type.Optional(
      Type.Object(
        {
          afterMs: milliseconds,
          kind: Type.Optional(Type.Union(DRIFT_KINDS.map((kind) => Type.Literal(kind)))),
          nodes: Type.Optional(
            Type.Array(Type.Integer({ minimum: 0 }), {
              description: 'Indexes of the nodes that do. Default: all.',
            }),
          ),
        },
        {
          ...closed,
          description:
            'So long after each start, what is there differs from what was started: its `files`, if no kind is named.',
        },
      ),
    ),
    exitsAfterMs: Type.Optional(
      Type.Union([milliseconds, Type.Null()], { description: 'Ends by itself. Default never.' }),
    ),
    port: Type.Optional(
      Type.Boolean({ description: 'Whether nodes get an endpoint. Nothing listens there.' }),
    ),
    healthCheck: Type.Optional(HealthCheckSchema),
    readiness: Type.Optional(ReadinessSchema),
    ready: Type.Optional(
      Type.Object(
        {
          afterMs: Type.Optional(
            Type.Union([milliseconds, Type.Literal('never')], { description: 'After the start. Default 0.' }),
          ),
          rate: Type.Optional(
            Type.Number({
              minimum: 0,
              maximum: 1,
              description: 'Chance that a node which is ready says so. Default 1.',
            }),
          ),
          nodes: Type.Optional(
            Type.Array(Type.Integer({ minimum: 0 }), {
              description: 'Indexes that this is about; others are ready at once.',
            }),
          ),
        },
        { ...closed, description: 'What nodes say of their readiness, where `readiness` asks for it.' },
      ),
    ),
  },
  closed,
)

/** Milliseconds. */
export type Latency = number | { readonly min: number; readonly max: number }
type Failure = 'never' | 'always' | 'first'

/** The script with every default filled in. */
export interface Settings {
  readonly latency: Readonly<Record<'prepareMs' | 'startMs' | 'stopMs' | 'observeMs' | 'operateMs', Latency>>
  readonly failures: {
    readonly prepare: Failure
    readonly start: Failure
    readonly stop: Failure
    readonly operate: Failure
    readonly rate: number
    readonly moment: 'before' | 'after'
    readonly nodes: readonly number[] | null
  }
  readonly health: {
    readonly passesAfterMs: number | 'never'
    readonly failsAfterMs: number | null
    readonly passRate: number
    readonly nodes: readonly number[] | null
  }
  /** What nodes say of their readiness, if they are asked. Absent: that they are ready. */
  readonly ready?: {
    readonly afterMs: number | 'never'
    readonly rate: number
    readonly nodes: readonly number[] | null
  }
  readonly lies: 'none' | 'saysRunning' | 'saysGone'
  /** Absent in revisions that were made before there was such a thing. */
  readonly drift?: {
    readonly afterMs: number
    readonly kind: DriftKind
    readonly nodes: readonly number[] | null
  } | null
  readonly exitsAfterMs: number | null
  readonly port: boolean
}

const check = createSchemaCheck(propertiesSchema)
const checkTemplate = createSchemaCheck(NodeTemplateSchema)

/**
 * {@link Runtime.resolve} for scripts. Code, scripts and hooks are accepted and not run.
 * @throws InvalidSpecError naming the property and its rule
 */
export function resolveSettings(input: ResolveInput): ResolvedSettings {
  const own = checkProperties<Static<typeof propertiesSchema>>(check, input.properties)
  checkProperties(checkTemplate, input.nodeTemplate as unknown as JsonObject)
  const settings: Settings = {
    latency: { prepareMs: 0, startMs: 0, stopMs: 0, observeMs: 0, operateMs: 0, ...own.latency },
    failures: {
      prepare: 'never',
      start: 'never',
      stop: 'never',
      operate: 'never',
      rate: 0,
      moment: 'before',
      nodes: null,
      ...own.failures,
    },
    health: { passesAfterMs: 0, failsAfterMs: null, passRate: 1, nodes: null, ...own.health },
    ...(own.ready && { ready: { afterMs: 0, rate: 1, nodes: null, ...own.ready } }),
    lies: own.lies ?? 'none',
    drift: own.drift ? { kind: 'files', nodes: null, ...own.drift } : null,
    exitsAfterMs: own.exitsAfterMs ?? null,
    port: own.port ?? input.manifest?.port ?? false,
  }
  const healthCheck = (own.healthCheck ?? input.manifest?.healthCheck ?? { type: 'alive' }) as HealthCheck
  const hooks = { ...input.manifest?.hooks, ...input.nodeTemplate.hooks }
  return {
    settings: settings as unknown as JsonObject,
    healthCheck: withReadiness(healthCheck, own.readiness ?? input.manifest?.readiness, {
      // Nobody asks over a network.
      hasPort: true,
      hooks,
    }),
    initializationScript: input.initializationScript ?? input.manifest?.initializationScript ?? null,
  }
}

/** Reads back what {@link resolveSettings} made. */
export function readSettings(settings: JsonObject): Settings {
  return settings as unknown as Settings
}

/** Whether nothing in the script changes by itself: then only what is done by hand can change what is observed. */
export function isSteady(settings: Settings | null): boolean {
  if (settings === null) return false
  const { health, ready, lies, exitsAfterMs } = settings
  const passes = health.passesAfterMs === 0 && health.failsAfterMs === null && health.passRate === 1
  return passes && ready === undefined && lies === 'none' && exitsAfterMs === null
}
