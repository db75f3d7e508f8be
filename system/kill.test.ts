import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Prober } from '../examples/demo/prober.ts'
import { Drover } from './drover.ts'
import { Ledger } from './ledger.ts'
import { findNodeProcesses, findPrograms } from './processes.ts'
import { chooseSeed, createRandom, type Random } from './random.ts'
import { waitFor } from './wait-for.ts'
import { Watcher } from './watcher.ts'
import { chooseRequest, listClusters, listNodes, listOpenUpdates, type UpdateView } from './workload.ts'

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
      await checkServing(drover)
      kills += 1 + (await restart(drover, random))
      await ledger.settleUnanswered()
      await ledger.checkNothingLost()
      await ledger.checkLastRepeats()
    }
    await settle(drover, ledger)
    await checkProcesses(drover)
    await deleteEverything(drover)
    const { doubles, looks } = await watcher.stop()
    assert.deepEqual(doubles, [])
    t.diagnostic(`${ledger.acceptedCount} requests accepted, ${kills} times killed, ${looks} looks at /proc`)
    assert.ok(ledger.acceptedCount >= 5, `${ledger.acceptedCount} requests were accepted`)
  } catch (error) {
    await watcher.stop()
    await report(t, drover, ledger.history)
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
    await checkProcesses(drover)
  } catch (error) {
    await report(t, drover, [])
    throw error
  }
})

type Context = Pick<import('node:test').TestContext, 'after' | 'diagnostic'>

/** A Drover with the example's versions and a cluster `web` of the first. */
async function begin(t: Context, size: number): Promise<{ drover: Drover; random: Random }> {
  const seed = chooseSeed()
  t.diagnostic(`DROVER_SYSTEM_SEED=${seed}`)
  const random = createRandom(seed)
  // Apart from other tests' nodes on this machine.
  const portFrom = 20_000 + 200 * random.between(0, 49)
  const ports = ['--process-port-from', String(portFrom), '--process-port-to', String(portFrom + 199)]
  const drover = await Drover.prepare({ flags: ports })
  t.after(() => drover.destroy())
  await drover.start()
  for (const version of ['v1', 'v2', 'v3-broken']) {
    await drover.json(['bundle', 'publish', `examples/hello-http/${version}`])
  }
  const create = [
    'cluster',
    'create',
    'web',
    '--bundle',
    'hello-http@1',
    '--size',
    String(size),
    '--max',
    '8',
  ]
  await drover.json([...create, '--wait'])
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
    if (random.chance(0.15)) killNode(drover, ledger, random)
    if (random.chance(0.5)) await sleep(random.between(0, 800))
  }
}

function killNode(drover: Drover, ledger: Ledger, random: Random): void {
  const victim = random.pick(findPrograms(drover.dataFolder))
  if (victim === undefined) return
  ledger.note(`kill -9 ${victim.pid} of node ${victim.nodeId}`)
  try {
    process.kill(victim.pid, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}

async function kill(drover: Drover, ledger: Ledger, random: Random): Promise<void> {
  if (random.chance(0.6)) await sleep(random.between(0, 2500))
  ledger.note('kill -9 of Drover')
  await drover.end('SIGKILL')
}

/** Without Drover, each node's process goes on answering, unless it had been told to end. */
async function checkServing(drover: Drover): Promise<void> {
  const silent = new Set<string>()
  await waitFor('every living node answers without Drover', 10_000, async () => {
    silent.clear()
    for (const { nodeId, pid, port } of findPrograms(drover.dataFolder)) {
      const response = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(2000) })
        .then(async (found) => ({ ok: found.ok, text: await found.text() }))
        .catch(() => null)
      if (response?.ok !== true) silent.add(`${nodeId} (pid ${pid})`)
    }
    return silent.size === 0
  }).catch((error) => {
    throw new Error(`${error.message}; silent: ${[...silent].join(', ')}`)
  })
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

/** Lets everything come to its end. An update that waits for a person is told to stay where it is. */
async function settle(drover: Drover, ledger: Ledger): Promise<void> {
  let open: readonly string[] = []
  await waitFor('every accepted request comes to an end', 90_000, async () => {
    for (const { id, status } of await listOpenUpdates(drover)) {
      if (status !== 'Paused') continue
      await drover.ask('POST', `/updates/${id}/cancel`, { body: { mode: 'stop-here' } })
    }
    open = await ledger.listOpen()
    const busy = await drover.get<{ items: unknown[] }>('/actions?status=READY&status=WAITING&status=RUNNING')
    return open.length === 0 && busy.items.length === 0
  }).catch((error) => {
    throw new Error(`${error.message}; open: ${open.join('\n')}`)
  })
}

/** With the last cluster, the last process goes, whatever it was for. */
async function deleteEverything(drover: Drover): Promise<void> {
  for (const { name } of await listClusters(drover)) {
    const { exitCode, stderr } = await drover.run(['cluster', 'delete', name, '--yes', '--wait'])
    assert.equal(exitCode, 0, stderr)
  }
  assert.deepEqual(findNodeProcesses(drover.dataFolder), [])
  assert.deepEqual(await listClusters(drover), [])
}

/** The processes are those that Drover says, and no others. */
async function checkProcesses(drover: Drover): Promise<void> {
  let differences: string[] = []
  await waitFor('what runs is what Drover says', 15_000, async () => {
    differences = await compareProcesses(drover)
    return differences.length === 0
  }).catch((error) => {
    throw new Error(`${error.message}:\n${differences.join('\n')}`)
  })
}

async function compareProcesses(drover: Drover): Promise<string[]> {
  const clusters = await listClusters(drover)
  const nodes = (await Promise.all(clusters.map(({ name }) => listNodes(drover, name)))).flat()
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const programs = findPrograms(drover.dataFolder)
  const orphans = programs
    .filter(({ nodeId, pid }) => byId.get(nodeId)?.physicalId !== String(pid))
    .map(({ nodeId, pid }) => `pid ${pid} of node ${nodeId} (${byId.get(nodeId)?.status ?? 'no such node'})`)
  const running = new Set(programs.map(({ pid }) => String(pid)))
  const missing = nodes
    .filter(({ status, physicalId }) => status === 'Running' && !running.has(physicalId ?? ''))
    .map(({ name, id, physicalId }) => `node ${name} (${id}) is Running as ${physicalId}, which is not there`)
  return [...orphans, ...missing]
}

async function report(t: Context, drover: Drover, history: readonly string[]): Promise<void> {
  if (!drover.isRunning) await drover.start().catch((error) => t.diagnostic(String(error)))
  const events = await drover.run(['event', 'list', '--limit', '60']).catch(String)
  t.diagnostic(`last requests:\n${history.slice(-40).join('\n')}`)
  t.diagnostic(`events:\n${typeof events === 'string' ? events : events.stdout + events.stderr}`)
  t.diagnostic(`log:\n${drover.logTail(60)}`)
}
