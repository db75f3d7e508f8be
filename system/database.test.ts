import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Prober } from '../examples/demo/prober.ts'
import { checkProcesses, deleteEverything, settle } from './checks.ts'
import type { Drover } from './drover.ts'
import { Fleet } from './fleet.ts'
import { isUnavailable, Ledger } from './ledger.ts'
import { chooseSeed, createRandom, type Random } from './random.ts'
import { report } from './report.ts'
import { waitFor } from './wait-for.ts'
import { Watcher } from './watcher.ts'
import { choosePorts, createWeb, listNodes } from './workload.ts'

const SERVERS = 2
const SIZE = 4
const LEASE_SECONDS = 2
/** How soon a server that cannot reach its database says so, at the latest. */
const REFUSAL_MS = 20_000

interface Outage {
  readonly name: string
  begin(fleet: Fleet): Promise<void> | void
  end(fleet: Fleet): Promise<void> | void
  /** The servers that are without a database meanwhile. */
  without(fleet: Fleet): readonly Drover[]
}

const outages: readonly Outage[] = [
  {
    name: 'PostgreSQL crashes and comes back',
    begin: (fleet) => fleet.postgres.halt('immediate'),
    end: (fleet) => fleet.postgres.start(),
    without: (fleet) => fleet.servers,
  },
  {
    name: 'PostgreSQL is restarted',
    begin: (fleet) => fleet.postgres.halt('fast'),
    end: (fleet) => fleet.postgres.start(),
    without: (fleet) => fleet.servers,
  },
  {
    name: 'all connections are cut, and refused for a while',
    begin: (fleet) => fleet.links.forEach((link) => void link.cut()),
    end: (fleet) => fleet.links.forEach((link) => void link.open()),
    without: (fleet) => fleet.servers,
  },
  {
    name: 'one server is cut off',
    begin: (fleet) => fleet.links[0]?.cut(),
    end: (fleet) => fleet.links[0]?.open(),
    without: (fleet) => fleet.servers.slice(0, 1),
  },
  {
    name: 'nothing goes over the network any more, and all of it arrives late',
    begin: (fleet) => fleet.links.forEach((link) => void link.freeze()),
    end: (fleet) => fleet.links.forEach((link) => void link.open()),
    without: (fleet) => fleet.servers,
  },
  {
    name: 'nothing of one server arrives any more, and its connections never come back',
    begin: (fleet) => fleet.links[0]?.freeze(),
    end: (fleet) => fleet.links[0]?.open('lost'),
    without: (fleet) => fleet.servers.slice(0, 1),
  },
]

test('what was acknowledged is carried out, however the database goes away and comes back', async (t) => {
  const { fleet, random } = await begin(t)
  const ledger = new Ledger(fleet, { mayBeUnavailable: true })
  const watcher = new Watcher(fleet.dataFolder)
  let prober: Prober | undefined
  try {
    const [endpoint] = (await listNodes(fleet, 'steady')).flatMap((node) => node.endpoint ?? [])
    assert.ok(endpoint)
    prober = await Prober.begin([endpoint])
    for (const [round, outage] of outages.entries()) {
      t.diagnostic(outage.name)
      ledger.note(outage.name)
      const version = round % 2 === 0 ? '2' : '1'
      const update = ask(ledger, `${round}-before`, version)
      await update
      await sleep(random.between(0, 1000))
      // Some are under way at that moment.
      const [resize] = [askResize(ledger, `${round}-at`, random), await outage.begin(fleet)]
      const startedAt = performance.now()
      await Promise.all(outage.without(fleet).map((server) => checkRefusal(server)))
      t.diagnostic(`  refused after ${Math.round(performance.now() - startedAt)} ms`)
      await sleep(random.between(0, 2 * LEASE_SECONDS * 1000))
      await outage.end(fleet)
      const healedAt = performance.now()
      await resize
      await waitFor('all servers are ready', 60_000, async () => {
        const ready = fleet.servers.map((server) => fetch(`${server.url}/readyz`))
        return (await Promise.all(ready)).every(({ ok }) => ok)
      })
      t.diagnostic(`  ready again after ${Math.round(performance.now() - healedAt)} ms`)
      await ledger.settleUnanswered()
      await settle(fleet, ledger)
      t.diagnostic(`  all ended after ${Math.round(performance.now() - healedAt)} ms`)
      await checkProcesses(fleet, fleet.dataFolder)
    }
    await ledger.checkLastRepeats()
    const served = await prober.stop()
    assert.equal(served.lowest, 1, 'a node that nobody touched did not serve all the time')
    await deleteEverything(fleet.first)
    const { doubles } = await watcher.stop()
    assert.deepEqual(doubles, [], `a node ran twice: ${doubles.join('; ')}`)
  } catch (error) {
    await watcher.stop()
    await prober?.stop()
    for (const link of fleet.links) link.open()
    await fleet.postgres.start().catch(() => {})
    await report(t, fleet.servers, ledger.history)
    throw error
  }
})

/** It says so, to those who read and to those who write, and goes on by itself. */
async function checkRefusal(server: Drover): Promise<void> {
  const body = { desiredCapacity: SIZE }
  const asked = [
    server.ask('GET', '/clusters', { timeoutMs: REFUSAL_MS }),
    server.ask('POST', '/clusters/web/resize', { body, timeoutMs: REFUSAL_MS }),
  ]
  for (const answer of await Promise.all(asked)) {
    assert.ok(isUnavailable(answer), `answered ${answer.status} ${JSON.stringify(answer.body)}`)
  }
  const { ok } = await fetch(`${server.url}/healthz`)
  assert.ok(ok, 'it lives')
}

function ask(ledger: Ledger, idempotencyKey: string, version: string): Promise<boolean> {
  const code = { bundle: `hello-http@${version}` }
  const body = { code, params: { maxUnavailable: 1, minReadySeconds: 1 } }
  return ledger.send({ method: 'POST', path: '/clusters/web/updates', body, idempotencyKey, cluster: 'web' })
}

function askResize(ledger: Ledger, idempotencyKey: string, random: Random): Promise<boolean> {
  const body = { desiredCapacity: random.between(3, 5) }
  return ledger.send({ method: 'POST', path: '/clusters/web/resize', body, idempotencyKey, cluster: 'web' })
}

async function begin(t: TestContext): Promise<{ fleet: Fleet; random: Random }> {
  const seed = chooseSeed()
  t.diagnostic(`DROVER_SYSTEM_SEED=${seed}`)
  const random = createRandom(seed)
  const flags = [...choosePorts(random), '--engine-lease-seconds', String(LEASE_SECONDS)]
  const fleet = await Fleet.begin({ size: SERVERS, random, flags })
  t.after(() => fleet.destroy())
  await createWeb(fleet.first, SIZE)
  const steady = ['cluster', 'create', 'steady', '--bundle', 'hello-http@1', '--size', '1']
  await fleet.first.json([...steady, '--wait'])
  return { fleet, random }
}
