import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startHaproxy, type TestHaproxy, WITHOUT_HAPROXY } from '../src/balancers/test-haproxy.ts'
import { Drover } from './drover.ts'
import { findPrograms } from './processes.ts'
import { chooseSeed, createRandom } from './random.ts'
import { waitFor } from './wait-for.ts'
import { choosePorts, createWeb, listNodes } from './workload.ts'
import { Load, type LoadResult, WITHOUT_WRK } from './wrk.ts'

const SIZE = 4
const CONNECTIONS = 16
/** A machine that has other things to do may have fewer, but not much fewer than while nothing is changed. */
const LEAST_PER_SECOND = 2000
const CALM_MS = 2000

test('updates and scaling under load lose no request, and a killed node only those it had', {
  skip: WITHOUT_HAPROXY || WITHOUT_WRK,
}, async (t) => {
  const seed = chooseSeed()
  t.diagnostic(`DROVER_SYSTEM_SEED=${seed}`)
  const haproxy = await startHaproxy()
  t.after(() => haproxy.close())
  const drover = await Drover.prepare({ flags: choosePorts(createRandom(seed)) })
  t.after(() => drover.destroy())
  await drover.start()
  await createWeb(drover, SIZE)
  await putBehind(drover, haproxy)
  const run = async (...args: string[]) => drover.json([...args, '--wait'])

  const calm = await underLoad(t, 'nothing', haproxy, async () => {})
  const least = Math.min(LEAST_PER_SECOND, rateOf(calm) / 2)

  const planned = await underLoad(t, 'planned changes', haproxy, async () => {
    await run('cluster', 'resize', 'web', String(SIZE + 2))
    await serving(haproxy, SIZE + 2)
    await run('cluster', 'resize', 'web', String(SIZE))
    await serving(haproxy, SIZE)
    await run('update', 'start', 'web', '--bundle', 'hello-http@2')
    await serving(haproxy, SIZE)
    // The only node there is: its replacement starts first.
    await run('cluster', 'resize', 'web', '1')
    await serving(haproxy, 1)
    await run(
      'update',
      'start',
      'web',
      '--platform-version',
      '2',
      '--max-unavailable',
      '0',
      '--max-surge',
      '1',
    )
    await run('cluster', 'resize', 'web', String(SIZE))
    await serving(haproxy, SIZE)
  })
  assert.ok(rateOf(planned) >= least, `fewer than ${least} requests a second`)
  assert.deepEqual([planned.refused, planned.unanswered], [0, 0], 'requests were lost')

  const killed = await underLoad(t, 'kill -9', haproxy, async () => {
    const [victim] = findPrograms(drover.dataFolder)
    assert.ok(victim)
    process.kill(victim.pid, 'SIGKILL')
    await waitFor('Drover knows that it died', 20_000, async () =>
      (await listNodes(drover, 'web')).some(({ id, status }) => id === victim.nodeId && status === 'Failed'),
    )
    await run('node', 'recover', 'web', victim.nodeId)
    await serving(haproxy, SIZE)
  })
  const lost = killed.refused + killed.unanswered
  assert.ok(lost <= CONNECTIONS, `${lost} requests were lost, and ${CONNECTIONS} could be under way`)
})

async function putBehind(drover: Drover, { socket, url }: TestHaproxy): Promise<void> {
  const file = join(drover.folder, 'behind.json')
  const properties = { haproxy: { socket, backend: 'web' }, lbStatusTimeout: 20 }
  writeFileSync(file, JSON.stringify({ type: 'loadbalance', version: '1.3', properties }))
  await drover.json(['policy', 'create', 'behind', '--file', file])
  await drover.json(['cluster', 'policy', 'attach', 'web', 'behind', '--wait'])
  await serving({ url }, SIZE)
}

/** Waits until so many nodes answer through HAProxy, and no others. */
async function serving({ url }: Pick<TestHaproxy, 'url'>, count: number): Promise<void> {
  await waitFor(`${count} nodes answer`, 20_000, async () => {
    const names = new Set<string>()
    for (let asked = 0; asked < 4 * count; asked += 1) {
      const answer = await fetch(url)
      if (!answer.ok) return false
      names.add(((await answer.json()) as { node: string }).node)
    }
    return names.size === count
  })
}

async function underLoad(
  t: TestContext,
  name: string,
  { url }: TestHaproxy,
  work: () => Promise<void>,
): Promise<LoadResult> {
  const load = new Load(`${url}/`, CONNECTIONS)
  t.after(() => load.discard())
  // For as long as it takes to have a rate that says something.
  await Promise.all([work(), sleep(CALM_MS)])
  const result = await load.end()
  const { requests, refused, unanswered } = result
  t.diagnostic(`${name}: ${requests} requests, ${rateOf(result)} a second, ${refused + unanswered} lost`)
  return result
}

function rateOf({ requests, seconds }: LoadResult): number {
  return Math.round(requests / seconds)
}
