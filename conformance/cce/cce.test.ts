import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Drover } from '../../system/drover.ts'
import { openVenv, type Venv } from '../venv.ts'
import { clientEnvironment } from './environment.ts'
import { EXPECTED, REFUSED } from './expected.ts'

const newest = await openVenv(join(import.meta.dirname, 'requirements-newest.txt'))
// The last ones with classes of their own for the template of a synchronisation, as the vendor's samples use them.
const typed = await openVenv(join(import.meta.dirname, 'requirements-typed.txt'))
const missing = [newest, typed].find((venv) => typeof venv === 'string')

describe('Huawei Cloud’s own clients for CCE', { skip: missing ?? false }, () => {
  let drover: Drover
  let env: Record<string, string>
  before(async () => {
    drover = await Drover.prepare({ flags: ['--listen', 'cce=127.0.0.1:0'] })
    await drover.start()
    env = await clientEnvironment(drover)
  })
  after(() => drover.destroy())

  const run = async (venv: Venv | string, script: string) =>
    JSON.parse(await (venv as Venv).run('python', [join(import.meta.dirname, script)], env))

  test('the newest one gets what it expects from every method', async () => {
    const { refused, ...results } = await run(newest, 'every_method.py')
    assert.deepEqual(
      Object.fromEntries(
        Object.entries(refused).map(([what, error]) => [what, (error as string[]).slice(0, 3)]),
      ),
      REFUSED,
    )
    for (const [call, expected] of Object.entries(EXPECTED)) assert.deepEqual(results[call], expected, call)
    assert.deepEqual(Object.keys(results).sort(), Object.keys(EXPECTED).sort())
  })

  test('the vendor’s samples synchronise a pool and the default pool, one node at a time', async () => {
    const { ids, ...results } = await run(typed, 'synchronise.py')
    assert.deepEqual(results['own pool'], 'Success')
    assert.deepEqual(results['default pool'], ['Success', 'DefaultPool', 2])
    const [phase, reason] = results.failed
    assert.equal(phase, 'Failed')
    assert.match(reason, /hook postInstall \(script\) exited with code 3; its last output:\nno licence/)
    assert.deepEqual(results.phases, ['Abnormal', 'Active', 'Active', 'Active'])
    const { items } = await drover.get<{ items: readonly Update[] }>('/updates')
    const synced = items.filter(({ cluster }) => cluster === 'synced').reverse()
    assert.deepEqual(
      synced.map(({ pool, type, selection, progress }) => [
        pool,
        type,
        selection,
        progress.highestUnavailable,
      ]),
      [
        ['web', 'Repair', ids.own.toSorted(), 1],
        ['DefaultPool', 'Update', ids.default.toSorted(), 1],
        ['web', 'Repair', ids.all.toSorted(), 1],
      ],
    )
    const logOf = async (node: string) => (await drover.run(['node', 'logs', 'synced', node])).stdout
    assert.match(
      await logOf(ids.own[1]),
      /hook preInstall starts\nbefore\n[\s\S]*hook postInstall starts\nafter\n/,
    )
    assert.match(await logOf(ids.default[0]), /hook postInstall starts\n1\n/)
  })
})

interface Update {
  readonly cluster: string
  readonly pool: string
  readonly type: string
  readonly selection: readonly string[]
  readonly progress: { readonly highestUnavailable: number }
}
