import fc from 'fast-check'
import { DEFAULT_UPDATE_PARAMS, type UpdateParams } from '../domain/update.ts'
import { type Ending, FROM, type ModelNode, nodeId, OTHER, TO } from './test-model.ts'

/** One thing that happens to a pool while it is updated. `at` picks a node or a step, whatever their number. */
export type Happening =
  | { readonly kind: 'stepEnds'; readonly at: number; readonly ending: Ending }
  | { readonly kind: 'falls' | 'dies' | 'recovers'; readonly at: number }
  | { readonly kind: 'recover' | 'check' | 'delete'; readonly at: number }
  | { readonly kind: 'pause' | 'resume' | 'continue' | 'restart' | 'lostLook' }
  | { readonly kind: 'cancel'; readonly mode: 'roll-back' | 'stop-here' }
  | { readonly kind: 'resize'; readonly size: number }
  | { readonly kind: 'wait'; readonly ms: number }

/** A pool, an update of it, and what happens to them. */
export interface Story {
  readonly nodes: readonly ModelNode[]
  readonly params: UpdateParams
  readonly selection: readonly number[] | null
  readonly repair: boolean
  readonly happenings: readonly Happening[]
}

const at = fc.nat(60)
const ending = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Ending>('ok') },
  { weight: 1, arbitrary: fc.constantFrom<Ending>('early', 'late', 'gate') },
)
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 20, arbitrary: fc.record({ kind: fc.constant('stepEnds' as const), at, ending }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('falls', 'dies', 'recovers'), at }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('recover', 'check', 'delete'), at }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('pause', 'resume', 'continue', 'restart', 'lostLook') }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('cancel' as const),
      mode: fc.constantFrom('roll-back', 'stop-here'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('resize' as const), size: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(20_000) }) },
)
const modelNode: fc.Arbitrary<ModelNode> = fc.record({
  revisionId: fc.oneof(
    { weight: 5, arbitrary: fc.constant(FROM) },
    { weight: 1, arbitrary: fc.constantFrom(TO, OTHER) },
  ),
  health: fc.oneof(
    { weight: 4, arbitrary: fc.constant('Healthy' as const) },
    { weight: 1, arbitrary: fc.constant('Unhealthy' as const) },
  ),
  status: fc.oneof(
    { weight: 8, arbitrary: fc.constant('Running' as const) },
    { weight: 1, arbitrary: fc.constantFrom('Failed' as const, 'Stopped' as const) },
  ),
  zone: fc.constantFrom('a', 'b', ''),
})
const drawnParams: fc.Arbitrary<UpdateParams> = fc.record({
  strategy: fc.constantFrom('ROLLING', 'ROLLING', 'FORCE', 'NO_RESTART'),
  order: fc.constantFrom<UpdateParams['order'][]>(
    { by: 'index' },
    { by: 'reverse-index' },
    { by: 'zone' },
    { by: 'zone' },
    { by: 'list', nodes: [nodeId(3), nodeId(1)] },
    { by: 'random', seed: 7 },
  ),
  maxUnavailable: fc.constantFrom(1, 2, 3, '25%', '50%'),
  maxSurge: fc.constantFrom(0, 0, 1, 2, '50%'),
  batchPauseSeconds: fc.constantFrom(null, 0),
  checkpoints: fc.constantFrom<UpdateParams['checkpoints'][]>([], [], [1], [1, '50%'], ['30%', '100%']),
  holdSeconds: fc.constantFrom(null, 0, 5),
  afterHold: fc.constantFrom('continue', 'roll-back'),
  bakeSeconds: fc.constantFrom(0, 0, 3),
  minReadySeconds: fc.constant(0),
  maxFailures: fc.constantFrom(0, 0, 1, 2, '25%'),
  maxUnhealthyUpdated: fc.constantFrom(null, null, 0, 1, '50%'),
  maxUnhealthy: fc.constantFrom(null, null, 0, 1, '30%'),
  onFailure: fc.constantFrom('rollback', 'pause', 'continue'),
  progressDeadlineSeconds: fc.constant(10),
  nodeTimeoutSeconds: fc.constant(DEFAULT_UPDATE_PARAMS.nodeTimeoutSeconds),
})
/** Where two may surge, none may be away. */
const params = drawnParams.map((drawn) => (drawn.maxSurge === 2 ? { ...drawn, maxUnavailable: 0 } : drawn))
/** Any story that is short enough to be told often. */
export const story: fc.Arbitrary<Story> = fc.record({
  nodes: fc.array(modelNode, { minLength: 0, maxLength: 8 }),
  params,
  selection: fc.option(fc.uniqueArray(fc.nat(7), { maxLength: 6 }), { freq: 3 }),
  repair: fc.integer({ min: 0, max: 5 }).map((drawn) => drawn === 0),
  happenings: fc.array(happening, { maxLength: 60 }),
})
