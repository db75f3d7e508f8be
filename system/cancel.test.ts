import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Drover } from './drover.ts'
import { findPrograms } from './processes.ts'
import { chooseSeed, createRandom } from './random.ts'
import { waitFor } from './wait-for.ts'
import { choosePorts, createWeb, listNodes, type UpdateView } from './workload.ts'

const SIZE = 2
/** Far longer than the test may take: what hangs so long is broken off, or the test fails. */
const HOUR = 3600
const STUCK_MS = 60_000
/** A machine that does other things needs its time to stop and start one node. */
const CANCELLED_MS = 30_000

const patient = { maxUnavailable: 1, nodeTimeoutSeconds: HOUR } as const
const hangs = { command: ['sleep', String(HOUR)], timeoutSeconds: HOUR }

interface Stuck {
  readonly name: string
  readonly change: object
  /** The hook that hangs, as the node's log names it. */
  readonly hook?: string
  readonly modes: readonly ('roll-back' | 'stop-here')[]
}

const cases: readonly Stuck[] = [
  {
    name: 'a node that never becomes healthy',
    change: { profile: 'sick', params: patient },
    modes: ['roll-back', 'stop-here'],
  },
  {
    name: 'a hook that hangs before the node is touched',
    change: { nodeTemplate: { hooks: { preInstall: hangs } }, params: patient },
    hook: 'preInstall',
    modes: ['roll-back', 'stop-here'],
  },
  {
    name: 'a hook that hangs when the old process is gone',
    change: { nodeTemplate: { hooks: { postInstall: hangs } }, params: patient },
    hook: 'postInstall',
    modes: ['roll-back'],
  },
  {
    name: 'a bundle that cannot be fetched',
    change: { code: { bundle: 'hello-http@2' }, params: { ...patient, onFailure: 'pause' } },
    modes: ['roll-back'],
  },
]

test('an update is cancelled at once whatever it is stuck on, and its nodes serve as before', async (t) => {
  const seed = chooseSeed()
  t.diagnostic(`DROVER_SYSTEM_SEED=${seed}`)
  const drover = await Drover.prepare({ flags: choosePorts(createRandom(seed)) })
  t.after(() => drover.destroy())
  await drover.start()
  await createWeb(drover, SIZE)
  await makeProfile(drover)
  await spoil(drover, '2')

  for (const { name, change, hook, modes } of cases) {
    for (const mode of modes) {
      const before = new Set(findPrograms(drover.dataFolder).map(({ pid }) => pid))
      const logged = await countStarts(drover, hook)
      const id = await begin(drover, change)
      await waitFor(`the update is stuck on ${name}`, STUCK_MS, async () => {
        const { progress, status } = await read(drover, id)
        if ('code' in change) return status === 'Paused'
        if (progress.inFlight !== 1) return false
        if (hook !== undefined) return (await countStarts(drover, hook)) > logged
        return findPrograms(drover.dataFolder).some(({ pid }) => !before.has(pid))
      })
      const tookMs = await cancel(drover, id, mode)
      t.diagnostic(`stuck on ${name}, ${mode}: it ended within ${tookMs} ms`)
      if (mode === 'stop-here') await repair(drover)
      await serveAsBefore(drover)
    }
  }
})

async function makeProfile(drover: Drover): Promise<void> {
  const healthCheck = { type: 'http', path: '/nowhere', startPeriodSeconds: HOUR }
  const profile = { name: 'sick', type: 'process', properties: { healthCheck } }
  const { status, body } = await drover.ask('POST', '/profiles', { body: profile })
  assert.equal(status, 201, JSON.stringify(body))
}

/** Its file has something else in it, as on a disk that broke. */
async function spoil(drover: Drover, version: string): Promise<void> {
  const { items } = await drover.get<{ items: { version: string; digest: string }[] }>('/bundles')
  const digest = items.find((bundle) => bundle.version === version)?.digest ?? ''
  const file = join(drover.dataFolder, 'bundles/blobs', digest.slice(0, 2), `${digest}.zip`)
  rmSync(file)
  writeFileSync(file, 'no zip')
}

async function begin(drover: Drover, body: object): Promise<string> {
  const answer = await drover.ask('POST', '/clusters/web/updates', { body })
  assert.equal(answer.status, 202, JSON.stringify(answer.body))
  return answer.body.update.id
}

/** @returns how long it took to end */
async function cancel(drover: Drover, id: string, mode: string): Promise<number> {
  const begun = Date.now()
  const answer = await drover.ask('POST', `/updates/${id}/cancel`, { body: { mode } })
  assert.equal(answer.status, 200, JSON.stringify(answer.body))
  await waitFor('the cancelled update ends', CANCELLED_MS, () => hasEnded(drover, id))
  const { status, because } = await read(drover, id)
  assert.equal(status, 'Cancelled', because)
  return Date.now() - begun
}

async function repair(drover: Drover): Promise<void> {
  const id = await begin(drover, { type: 'Repair' })
  await waitFor('the repair ends', STUCK_MS, () => hasEnded(drover, id))
  const { status, because } = await read(drover, id)
  assert.equal(status, 'Successful', because)
}

async function serveAsBefore(drover: Drover): Promise<void> {
  await waitFor('all nodes serve on the committed revision', STUCK_MS, async () => {
    const nodes = await drover.get<{ items: { available: boolean; revision: number }[] }>(
      '/clusters/web/nodes',
    )
    return nodes.items.every(({ available, revision }) => available && revision === 1)
  })
  for (const { endpoint } of await listNodes(drover, 'web')) {
    const response = await fetch(`http://${endpoint?.host}:${endpoint?.port}/health`)
    assert.equal(response.status, 200)
    await response.arrayBuffer()
  }
  assert.equal(findPrograms(drover.dataFolder).length, SIZE)
}

/** How often the first node's log says that the hook began. */
async function countStarts(drover: Drover, hook: string | undefined): Promise<number> {
  if (hook === undefined) return 0
  const { body } = await drover.ask('GET', '/clusters/web/nodes/web-1/logs?tail=1000')
  return String(body).split(`hook ${hook} starts`).length - 1
}

interface Progressing extends UpdateView {
  readonly progress: { readonly inFlight: number }
}

function read(drover: Drover, id: string): Promise<Progressing> {
  return drover.get<Progressing>(`/updates/${id}`)
}

async function hasEnded(drover: Drover, id: string): Promise<boolean> {
  return (await read(drover, id)).endedAt !== null
}
