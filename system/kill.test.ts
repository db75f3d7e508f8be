import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Prober } from '../examples/demo/prober.ts'
import { checkProcesses, checkServing, deleteEverything, killNode, settle } from './checks.ts'
import { Drover } from './drover.ts'
import { Ledger } from './ledger.ts'
import { chooseSeed, createRandom, type Random } from './random.ts'
import { report } from './report.ts'
import { waitFor } from './wait-for.ts'
import { Watcher } from './watcher.ts'
import { choosePorts, chooseRequest, createWeb, listNodes, type UpdateView } from './workload.ts'

const SECONDS = Number(process.env['DROVER_SYSTEM_SECONDS'] ?? 60)
const SIZE = 6
const MAX_CLUSTERS = 3

test('nothing is lost and nothing runs twice, however often Drover is killed', async (t) => {
  const { drover, random } = await begin(t, SIZE)
  const ledger = new Ledger(drover)
  const watcher = new Watcher(drover.dataFolder)
  let kills = 0
  try {
    const end = Date.now() + SECONDS * 1000
    for (let round = 1; Date.now() < end; round += 1) {
      await makeRequests(drover, ledger, random, round)
      await kill(drover, ledger, random)
      await checkServing(drover.dataFolder)
      kills += 1 + (await restart(drover, random))
      await ledger.settleUnanswered()
      await ledger.checkNothingLost()
      await ledger.checkLastRepeats()
    }
    await settle(drover, ledger)
    await checkProcesses(drover, drover.dataFolder)
    await deleteEverything(drover)
    const { doubles, looks } = await watcher.stop()
    assert.deepEqual(doubles, [], `a node ran twice: ${doubles.join('; ')}`)
    t.diagnostic(`${ledger.acceptedCount} requests accepted, ${kills} times killed, ${looks} looks at /proc`)
    assert.ok(ledger.acceptedCount >= 5, `${ledger.acceptedCount} requests were accepted`)
  } catch (error) {
    await watcher.stop()
    await report(t, [drover], ledger.history)
    throw error
  }
})

test('a rolling update stays within maxUnavailable while Drover is killed again and again', async (t) => {
  const { drover, random } = await begin(t, SIZE)
  const maxUnavailable = 2
  try {
    const endpoints = (await listNodes(drover, 'web')).flatMap(({ endpoint }) => endpoint ?? [])
    assert.equal(endpoints.length, SIZE)
    const prober = await Prober.begin(endpoints)
    for (const [version, wanted] of [
      ['2', 'Successful'],
      ['3-broken', 'Failed'],
      ['1', 'Successful'],
    ] as const) {
      const body = { code: { bundle: `hello-http@${version}` }, params: { maxUnavailable } }
      const started = await drover.ask('POST', '/clusters/web/updates', { body })
      assert.equal(started.status, 202, JSON.stringify(started.body))
      const path = `/updates/${started.body.update.id}`
      for (let kills = 0; kills < 2; kills += 1) {
        await sleep(random.between(0, 900))
        await drover.end('SIGKILL')
        await drover.start()
      }
      await waitFor(`${path} ends`, 60_000, async () => (await drover.get<UpdateView>(path)).endedAt !== null)
      const { status, because } = await drover.get<UpdateView>(path)
      assert.equal(status, wanted, because)
    }
    const seen = await prober.stop()
    t.diagnostic(
      `at least ${seen.lowest} of ${SIZE} nodes answered at any moment, of ${seen.requests} requests`,
    )
    assert.ok(seen.lowest >= SIZE - maxUnavailable, `only ${seen.lowest} nodes answered at one moment`)
    await checkProcesses(drover, drover.dataFolder)
  } catch (error) {
    await report(t, [drover], [])
    throw error
  }
})

type Context = Pick<import('node:test').TestContext, 'after' | 'diagnostic'>

/** A Drover with the example's versions and a cluster `web` of the first. */
async function begin(t: Context, size: number): Promise<{ drover: Drover; random: Random }> {
  const seed = chooseSeed()
  t.diagnostic(`DROVER_SYSTEM_SEED=${seed}`)
  const random = createRandom(seed)
  const drover = await Drover.prepare({ flags: choosePorts(random) })
  t.after(() => drover.destroy())
  await drover.start()
  await createWeb(drover, size)
  return { drover, random }
}

/** A few requests, some at the same time; now and then a node is killed beside them. */
async function makeRequests(drover: Drover, ledger: Ledger, random: Random, round: number): Promise<void> {
  const count = random.between(1, 5)
  for (let number = 1; number <= count; number += 1) {
    const request = await chooseRequest(drover, random, `round-${round}-${number}`, MAX_CLUSTERS)
    if (request !== null) {
      const sent = ledger.send(request)
      // The last one may still be on its way when Drover is killed.
      if (number < count || random.chance(0.5)) await sent
      else await Promise.race([sent, sleep(random.between(0, 25))])
    }
    if (random.chance(0.15)) killNode(drover.dataFolder, ledger, random)
    if (random.chance(0.5)) await sleep(random.between(0, 800))
  }
}

async function kill(drover: Drover, ledger: Ledger, random: Random): Promise<void> {
  if (random.chance(0.6)) await sleep(random.between(0, 2500))
  ledger.note('kill -9 of Drover')
  await drover.end('SIGKILL')
}

/** @returns how often it was killed on its way */
async function restart(drover: Drover, random: Random): Promise<number> {
  let kills = 0
  while (random.chance(0.35) && kills < 3) {
    drover.spawn()
    await sleep(random.between(0, 1500))
    await drover.end('SIGKILL')
    kills += 1
  }
  await drover.start()
  return kills
}
