import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { InvalidSpecError } from '../../domain/errors.ts'
import type { JsonObject, ProfileId } from '../../domain/ids.ts'
import type { RevisionSpec } from '../../domain/revision.ts'
import { systemClock } from '../../system/clock.ts'
import {
  adoptionConformance,
  contextOf,
  nodeRef,
  operationsConformance,
  runtimeConformance,
  wantedOf,
} from '../conformance.ts'
import type { NodeRef, Runtime } from '../runtime.ts'
import { createScriptedWorld } from '../scripted/index.ts'
import { createSimulatedRuntimes, createUnsupportedRuntimes, existingResources } from './index.ts'

const EXAMPLES: Readonly<Record<string, JsonObject>> = {
  'os.nova.server': { flavor: 'm1.small' },
  'os.heat.stack': { template_url: 'http://somewhere/template' },
  'container.dockerinc.docker': { image: 'hello-world', host_node: 'docker-host' },
}

/** One of each, that changes what serves to what serves or not. */
const OPERATIONS: Readonly<Record<string, string>> = {
  'os.nova.server': 'reboot',
  'os.heat.stack': 'abandon',
  'container.dockerinc.docker': 'pause',
}

for (const [type, properties] of Object.entries(EXAMPLES)) {
  const create = async () => {
    const { world, open } = bench(type)
    world.addExisting({ identity: 'there-before', type, properties })
    return {
      open,
      spec: () => specOf(open(), properties),
      slowToStop: () => specOf(open(), { ...properties, context: { 'drover:latency.stopMs': '60000' } }),
      countLiving: async (node: NodeRef) => {
        const thing = world.node(node.id)?.thing
        return thing && thing.endedAt === null ? 1 : 0
      },
      kill: async (node: NodeRef) => world.kill(node.id),
      traces: async (node: NodeRef) => (world.node(node.id) === undefined ? [] : [node.id]),
      close: async () => {},
    }
  }
  runtimeConformance(type, create)
  operationsConformance(type, create, { name: OPERATIONS[type] as string, params: {} })
  adoptionConformance(type, create, 'there-before')

  test(`${type} gives everything a default and takes its own example for adoption`, () => {
    const runtime = bench(type).open()
    const { settings } = runtime.resolve(inputOf(properties))
    assert.deepEqual(Object.keys(settings['resource'] as object), Object.keys(runtime.properties))
    for (const existing of existingResources().filter((one) => one.type === type)) {
      runtime.checkProfile('1.0', existing.properties)
    }
  })
}

const refusals: readonly (readonly [string, string, JsonObject, string])[] = [
  ['a server without a flavor', 'os.nova.server', {}, 'properties.flavor'],
  ['an unknown property', 'os.nova.server', { flavor: 'f', flavour: 'x' }, 'properties.flavour'],
  [
    'a member of the wrong type',
    'os.nova.server',
    { flavor: 'f', networks: [{ network: 1 }] },
    'properties.networks[0].network',
  ],
  [
    'a volume without its size',
    'os.nova.server',
    { flavor: 'f', block_device_mapping_v2: [{ source_type: 'image', destination_type: 'local' }] },
    'properties.block_device_mapping_v2[0].volume_size',
  ],
  ['a stack without a template', 'os.heat.stack', {}, 'properties.template'],
  ['a container without a host', 'container.dockerinc.docker', { image: 'i' }, 'properties.host_node'],
  [
    'a container with two hosts',
    'container.dockerinc.docker',
    { image: 'i', host_node: 'a', host_cluster: 'b' },
    'properties.host_node',
  ],
  [
    'a script that says what does not exist',
    'os.nova.server',
    { flavor: 'f', metadata: { 'drover:latency.startMS': '5' } },
    'drover:latency.startMS',
  ],
]
for (const [name, type, properties, field] of refusals) {
  test(`${name} is refused, naming ${field}`, () => {
    const runtime = bench(type).open()
    const refused = (error: unknown) => error instanceof InvalidSpecError && error.field === field
    assert.throws(() => runtime.checkProfile('1.0', properties), refused)
    assert.throws(() => runtime.resolve(inputOf(properties)), refused)
  })
}

const waits: readonly (readonly [string, JsonObject, JsonObject])[] = [
  ['whole seconds are waited', { simulated_wait_time: 10 }, { startMs: 10_000 }],
  ['text is not', { simulated_wait_time: '10' }, {}],
  ['a part of a second is not', { simulated_wait_time: 0.5 }, {}],
  ['nor is a negative number', { simulated_wait_time: -1 }, {}],
  ['at most a day is', { simulated_wait_time: 1e9 }, { startMs: 86_400_000 }],
  ['a key of ours is stronger', { simulated_wait_time: 10, 'drover:latency.startMs': '5' }, { startMs: 5 }],
  [
    'and beside it another holds',
    { simulated_wait_time: 10, 'drover:latency.stopMs': '5' },
    { startMs: 10_000, stopMs: 5 },
  ],
]
for (const [name, metadata, latency] of waits) {
  test(`of a server’s simulated_wait_time, ${name}`, () => {
    const { settings } = bench('os.nova.server')
      .open()
      .resolve(inputOf({ flavor: 'f', metadata }))
    const none = { prepareMs: 0, startMs: 0, stopMs: 0, observeMs: 0, operateMs: 0 }
    assert.deepEqual(settings['latency'], { ...none, ...latency })
  })
}

test('numbers and booleans may come as text', () => {
  const { settings } = bench('os.heat.stack')
    .open()
    .resolve(inputOf({ template_url: 'u', timeout: '60', disable_rollback: 'False' }))
  const { timeout, disable_rollback: disableRollback } = settings['resource'] as JsonObject
  assert.deepEqual([timeout, disableRollback], [60, false])
})

describe('a server', () => {
  const node = nodeRef('node-1', 1)

  test('shows what its own API would show, and the same addresses after a restart of Drover', async () => {
    const { open } = bench('os.nova.server')
    const runtime = open()
    const spec = specOf(runtime, { flavor: 'm1.small', image: 'cirros', networks: [{ network: 'blue' }] })
    const started = await runtime.start(contextOf(1), node, wantedOf('k1', spec))
    assert.match(started.physicalId, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/)
    const details = (await runtime.details(node, started.handle)) as JsonObject
    const { id, name, status, flavor, image } = details
    assert.deepEqual(
      { id, name, status, flavor, image },
      { id: started.physicalId, name: 'web-1', status: 'ACTIVE', flavor: 'm1.small', image: 'cirros' },
    )
    assert.deepEqual(Object.keys(details['addresses'] as object), ['blue'])
    assert.deepEqual(await open().details(node, null), details)
    await runtime.stop(contextOf(1), node, null)
    assert.equal(await runtime.details(node, null), null)
  })

  test('goes through its conditions, and serves in one of them only', async () => {
    const { world, open } = bench('os.nova.server')
    const runtime = open()
    const changed: string[] = []
    world.onChange((id) => changed.push(id))
    const { handle } = await runtime.start(
      contextOf(1),
      node,
      wantedOf('k1', specOf(runtime, { flavor: 'f' })),
    )
    const perform = (name: string, params: JsonObject = {}) =>
      runtime.perform(contextOf(1), node, handle, { name, params })
    const seen = async () => {
      const { status } = (await runtime.details(node, handle)) as JsonObject
      const { running, passing } = await runtime.observe(contextOf(1), node, handle, { type: 'alive' })
      return [status, running, passing]
    }
    for (const [there, condition, back] of [
      ['pause', 'PAUSED', 'unpause'],
      ['suspend', 'SUSPENDED', 'resume'],
      ['stop', 'SHUTOFF', 'start'],
      ['rescue', 'RESCUE', 'unrescue'],
      ['stop', 'SHUTOFF', 'reboot'],
    ] as const) {
      await perform(there)
      assert.deepEqual(await seen(), [condition, true, false])
      // As after a crash.
      await perform(there)
      await perform(back)
      assert.deepEqual(await seen(), ['ACTIVE', true, true])
    }
    assert.equal(changed.length, 10)
    await perform('lock')
    await perform('evacuate', { host: 'other' })
    const { locked, 'OS-EXT-SRV-ATTR:host': host } = (await runtime.details(node, handle)) as JsonObject
    assert.deepEqual([locked, host], [true, 'other'])
    await perform('pause')
    await assert.rejects(perform('suspend'), {
      code: 'runtime_failed',
      message: /is PAUSED; suspend needs it to be ACTIVE/,
    })
    await assert.rejects(perform('dance'), /a server cannot dance/)
  })

  test('takes its time and fails as its metadata says', async () => {
    const runtime = bench('os.nova.server').open()
    const metadata = { 'drover:failures.start': 'first', 'drover:failures.operate': 'first' }
    const wanted = wantedOf('k1', specOf(runtime, { flavor: 'f', metadata }))
    await assert.rejects(runtime.start(contextOf(1), node, wanted), /says that start fails/)
    const { handle } = await runtime.start(contextOf(1), node, wanted)
    const reboot = () => runtime.perform(contextOf(1), node, handle, { name: 'reboot', params: {} })
    await assert.rejects(reboot(), /says that operate fails/)
    await reboot()
  })

  test('refuses an operation of an engine that lost its lease, and one on what does not run', async () => {
    const runtime = bench('os.nova.server').open()
    const { handle } = await runtime.start(
      contextOf(2),
      node,
      wantedOf('k1', specOf(runtime, { flavor: 'f' })),
    )
    const stop = (term: number) =>
      runtime.perform(contextOf(term), node, handle, { name: 'stop', params: {} })
    await assert.rejects(stop(1), { code: 'lease_lost' })
    await runtime.stop(contextOf(2), node, handle)
    await assert.rejects(stop(2), /does not run/)
  })

  test('that was there before is adopted by one node, once or again', async () => {
    const { world, open } = bench('os.nova.server')
    const runtime = open()
    const properties = { flavor: 'big', image: 'old' }
    world.addExisting({ identity: 'server-1', type: 'os.nova.server', properties })
    world.addExisting({ identity: 'stack-1', type: 'os.heat.stack', properties: {} })
    assert.deepEqual(await runtime.inspect('server-1', { snapshot: false }), properties)
    const snapshot = await runtime.inspect('server-1', { snapshot: true })
    assert.deepEqual(snapshot, { flavor: 'big', image: 'snapshot-of-server-1' })
    for (const identity of ['server-2', 'stack-1']) {
      await assert.rejects(runtime.inspect(identity, { snapshot: false }), {
        message: `there is no server ${identity} to adopt`,
      })
    }
    const wanted = wantedOf('k1', specOf(runtime, properties))
    const adopted = await runtime.adopt(contextOf(1), node, wanted, 'server-1')
    assert.equal(adopted.physicalId, 'server-1')
    assert.deepEqual(await open().adopt(contextOf(1), node, wanted, 'server-1'), adopted)
    assert.deepEqual(await runtime.start(contextOf(1), node, wanted), adopted)
    assert.equal((await runtime.details(node, null))?.['id'], 'server-1')
    const other = runtime.adopt(contextOf(1), nodeRef('node-2', 2), wanted, 'server-1')
    await assert.rejects(other, { message: 'server server-1 belongs to node node-1' })
  })
})

test('without a simulation the types are known, and of no use', async () => {
  const runtimes = createUnsupportedRuntimes()
  assert.deepEqual(
    runtimes.map(({ type }) => type),
    Object.keys(EXAMPLES),
  )
  const says = /start the server with --simulate/
  for (const runtime of runtimes) {
    const properties = EXAMPLES[runtime.type] as JsonObject
    assert.throws(() => runtime.checkProfile('1.0', properties), says)
    assert.throws(() => runtime.resolve(inputOf(properties)), says)
    const node = nodeRef('node-1', 1)
    await assert.rejects(async () => runtime.start(contextOf(1), node, wantedOf('k', NO_SPEC)), says)
    await runtime.remove(contextOf(1), node, null)
    const observed = await runtime.observe(contextOf(1), node, null, null)
    assert.equal(observed.running, false)
  }
})

const profile = { id: 'p' as ProfileId, name: 'p', type: 'x', version: '1.0' }
const NO_SPEC: RevisionSpec = {
  ...{ profile, code: null, settings: {}, healthCheck: { type: 'alive' }, nodeTemplate: {}, version: null },
}

function bench(type: string) {
  const world = createScriptedWorld({ now: systemClock.now })
  const open = () => {
    const runtimes = createSimulatedRuntimes({ clock: systemClock, random: Math.random, world })
    const found = runtimes.find((runtime) => runtime.type === type)
    assert.ok(found)
    return found
  }
  return { world, open }
}

function specOf(runtime: Runtime, properties: JsonObject): RevisionSpec {
  const { settings, healthCheck } = runtime.resolve(inputOf(properties))
  return { ...NO_SPEC, settings, healthCheck }
}

function inputOf(properties: JsonObject) {
  return {
    version: '1.0',
    properties,
    manifest: null,
    nodeTemplate: {},
    initializationScript: null,
    hasCode: false,
  }
}
