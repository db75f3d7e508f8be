import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvalidRequestError } from '../domain/errors.ts'
import type { RevisionSpec } from '../domain/revision.ts'
import { DEFAULT_UPDATE_PARAMS, type UpdateParams } from '../domain/update.ts'
import type { Runtime, StartsBeside } from '../runtimes/runtime.ts'
import { checkSurge } from './surge.ts'

const spec = (name: string) => ({ profile: { name } }) as RevisionSpec
const surging = {
  type: 'process',
  startBeside: () => {},
  whyNotBeside: ({ profile }: RevisionSpec) => (profile.name === 'fixed' ? 'its port is always 80' : null),
} as unknown as Runtime & StartsBeside
const other = { type: 'ssh' } as Runtime

const cases: readonly {
  readonly name: string
  readonly runtime?: Runtime
  readonly params: Partial<UpdateParams>
  readonly specs?: readonly string[]
  readonly refusal?: RegExp
}[] = [
  { name: 'nothing that does not surge', runtime: other, params: { maxSurge: 0 } },
  { name: 'nothing that moves all at once', runtime: other, params: { maxSurge: 1, strategy: 'FORCE' } },
  {
    name: 'nothing that restarts nothing',
    runtime: other,
    params: { maxSurge: '50%', strategy: 'NO_RESTART' },
  },
  { name: 'nothing where two can run', params: { maxSurge: '25%' }, specs: ['a', 'b'] },
  {
    name: 'nodes of a type that cannot',
    runtime: other,
    params: { maxSurge: 1 },
    refusal: /nodes of type ssh cannot start a replacement beside what runs; say 0/,
  },
  {
    name: 'what could not go forward',
    params: { maxSurge: 1 },
    specs: ['a', 'fixed'],
    refusal: /beside nodes of profile "fixed": its port is always 80/,
  },
  {
    name: 'what could not go back',
    params: { maxSurge: '10%' },
    specs: ['fixed', 'a'],
    refusal: /beside nodes of profile "fixed"/,
  },
]
for (const { name, runtime = surging, params, specs = ['a'], refusal } of cases) {
  test(`surge refuses ${name}`, () => {
    const check = () => checkSurge(runtime, { ...DEFAULT_UPDATE_PARAMS, ...params }, specs.map(spec))
    if (!refusal) return check()
    assert.throws(
      check,
      (error) =>
        error instanceof InvalidRequestError &&
        error.field === 'params.maxSurge' &&
        refusal.test(error.message),
    )
  })
}
