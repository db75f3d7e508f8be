import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Prober } from '../examples/demo/prober.ts'
import { checkProcesses, deleteEverything, killNode, settle } from './checks.ts'
import type { Drover } from './drover.ts'
import { Fleet } from './fleet.ts'
import { Ledger } from './ledger.ts'
import { chooseSeed, createRandom, type Random } from './random.ts'
import { report } from './report.ts'
import { waitFor } from './wait-for.ts'
import { Watcher } from './watcher.ts'
import { choosePorts, chooseRequest, createWeb, listNodes, type UpdateView } from './workload.ts'

const SECONDS = Number(process.env['DROVER_SYSTEM_SECONDS'] ?? (process.env['CI'] ? 120 : 60))
const SERVERS = 3
const SIZE = 6
const MAX_CLUSTERS = 3
const LEASE_SECONDS = 2
/** What a takeover may take beyond the lease: a poll, and what a busy machine adds. */
const TAKEOVER_MS = 3000

test('nothing is lost and nothing runs twice, whichever of several servers is killed or frozen', async (t) => {
  const { fleet, random } = await begin(t)
  const ledger = new Ledger(fleet, { mayBeUnavailable: true })
  const watcher = new Watcher(fleet.dataFolder)
  const storm = new Storm(fleet, random, (what) => ledger.note(what))
  try {
    const end = Date.now() + SECONDS * 1000
    const sent: Promise<unknown>[] = []
    for (let round = 1; Date.now() < end; round += 1) {
      const request = await chooseRequest(fleet, random, `round-${round}`, MAX_CLUSTERS)
      if (request !== null) {
        const answered = ledger.send(request)
        sent.push(answered)
        // One that went to a frozen server must not keep the others waiting.
        await Promise.race([answered, sleep(random.between(0, 1000))])
      }
      if (random.chance(0.1)) killNode(fleet.dataFolder, ledger, random)
      if (random.chance(0.5)) await sleep(random.between(0, 800))
      if (round % 10 === 0) await ledger.checkNothingLost()
    }
    const { kills, freezes } = await storm.end()
    await Promise.all(sent)
    await ledger.settleUnanswered()
    await ledger.checkNothingLost()
    await ledger.checkLastRepeats()
    await settle(fleet, ledger)
    await checkProcesses(fleet, fleet.dataFolder)
    await deleteEverything(fleet.first)
    const { doubles, looks } = await watcher.stop()
    assert.deepEqual(doubles, [], `a node ran twice: ${doubles.join('; ')}`)
    t.diagnostic(
      `${ledger.acceptedCount} requests accepted, ${kills} servers killed, ${freezes} frozen, ${looks} looks at /proc`,
    )
    assert.ok(ledger.acceptedCount >= 5, `${ledger.acceptedCount} requests were accepted`)
  } catch (error) {
    await storm.end().catch((cause) => t.diagnostic(String(cause)))
    await watcher.stop()
    await report(t, fleet.servers, ledger.history)
    throw error
  }
})

test('an update whose engine is killed moves again in time, and stays within maxUnavailable', async (t) => {
  const { fleet, random } = await begin(t)
  const maxUnavailable = 2
  const restarts: Promise<void>[] = []
  let prober: Prober | undefined
  try {
    const endpoints = (await listNodes(fleet, 'web')).flatMap(({ endpoint }) => endpoint ?? [])
    assert.equal(endpoints.length, SIZE)
    prober = await Prober.begin(endpoints)
    for (const [version, wanted] of [
      ['2', 'Successful'],
      ['3-broken', 'Failed'],
      ['1', 'Successful'],
    ] as const) {
      const params = { maxUnavailable, minReadySeconds: 1 }
      const body = { code: { bundle: `hello-http@${version}` }, params }
      const { status, body: answer } = await fleet.ask('POST', '/clusters/web/updates', { body })
      assert.equal(status, 202, JSON.stringify(answer))
      const path = `/updates/${answer.update.id}`
      const read = () => fleet.get<UpdateView>(path)
      await sleep(random.between(0, 1500))
      const moved = await killHolder(fleet, read, restarts)
      t.diagnostic(`${path} moved again after ${moved} ms`)
      assert.ok(moved <= LEASE_SECONDS * 1000 + TAKEOVER_MS, `moved again only after ${moved} ms`)
      await waitFor(`${path} ends`, 60_000, async () => (await read()).endedAt !== null)
      const ended = await read()
      assert.equal(ended.status, wanted, ended.because)
      await Promise.all(restarts)
    }
    const seen = await prober.stop()
    t.diagnostic(
      `at least ${seen.lowest} of ${SIZE} nodes answered at any moment, of ${seen.requests} requests`,
    )
    assert.ok(seen.lowest >= SIZE - maxUnavailable, `only ${seen.lowest} nodes answered at one moment`)
    await checkProcesses(fleet, fleet.dataFolder)
  } catch (error) {
    await prober?.stop()
    await Promise.allSettled(restarts)
    await report(t, fleet.servers, [])
    throw error
  }
})

/** Kills the server that runs the update. @returns how long it took, in ms, until it was seen to move again */
async function killHolder(
  fleet: Fleet,
  read: () => Promise<UpdateView>,
  restarts: Promise<void>[],
): Promise<number> {
  const holder = await fleet.holderOf('web')
  assert.ok(holder, 'nobody runs the cluster')
  await holder.end('SIGKILL')
  const killedAt = performance.now()
  const before = JSON.stringify(await read())
  await waitFor('the update moves again', 30_000, async () => JSON.stringify(await read()) !== before)
  const moved = Math.round(performance.now() - killedAt)
  restarts.push(holder.start())
  return moved
}

async function begin(t: TestContext): Promise<{ fleet: Fleet; random: Random }> {
  const seed = chooseSeed()
  t.diagnostic(`DROVER_SYSTEM_SEED=${seed}`)
  const random = createRandom(seed)
  const flags = [...choosePorts(random), '--engine-lease-seconds', String(LEASE_SECONDS)]
  const fleet = await Fleet.begin({ size: SERVERS, random, flags })
  t.after(() => fleet.destroy())
  await createWeb(fleet.first, SIZE)
  return { fleet, random }
}

/** Kills and freezes servers, all the time, until it is told to end. */
class Storm {
  readonly #fleet: Fleet
  readonly #random: Random
  readonly #note: (what: string) => void
  readonly #loop: Promise<void>
  readonly #blows = new Map<Drover, Promise<void>>()
  #isOver = false
  #kills = 0
  #freezes = 0

  constructor(fleet: Fleet, random: Random, note: (what: string) => void) {
    this.#fleet = fleet
    this.#random = random
    this.#note = note
    this.#loop = this.#rage()
    // Whoever ends it is told; until then this is not unheard.
    this.#loop.catch(() => {})
  }

  /** Brings all servers back. @throws what kept one from starting */
  async end(): Promise<{ kills: number; freezes: number }> {
    this.#isOver = true
    await this.#loop
    return { kills: this.#kills, freezes: this.#freezes }
  }

  async #rage(): Promise<void> {
    const random = this.#random
    while (!this.#isOver) {
      await sleep(random.between(200, 2000))
      const unharmed = this.#fleet.servers.filter((server) => !this.#blows.has(server))
      // Now and then nobody is left.
      if (unharmed.length === 1 && random.chance(0.8)) continue
      const server = random.pick(unharmed)
      if (server === undefined) continue
      const blow = (random.chance(0.5) ? this.#kill(server) : this.#freeze(server)).finally(() =>
        this.#blows.delete(server),
      )
      blow.catch(() => {})
      this.#blows.set(server, blow)
    }
    await Promise.all(this.#blows.values())
  }

  async #kill(server: Drover): Promise<void> {
    const name = `server ${this.#fleet.servers.indexOf(server) + 1}`
    this.#note(`kill -9 of ${name}`)
    await server.end('SIGKILL')
    this.#kills += 1
    while (this.#random.chance(0.3)) {
      server.spawn()
      await sleep(this.#random.between(0, 1500))
      await server.end('SIGKILL')
      this.#kills += 1
    }
    await sleep(this.#random.between(0, 3000))
    await server.start()
    this.#note(`${name} is back`)
  }

  async #freeze(server: Drover): Promise<void> {
    const name = `server ${this.#fleet.servers.indexOf(server) + 1}`
    this.#note(`kill -STOP of ${name}`)
    server.freeze(true)
    this.#freezes += 1
    // Often for longer than its lease.
    await sleep(this.#random.between(50, 3 * LEASE_SECONDS * 1000))
    server.freeze(false)
    this.#note(`kill -CONT of ${name}`)
  }
}
