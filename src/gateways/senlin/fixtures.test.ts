import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { spec, start } from './test-client.ts'

interface Recording {
  readonly client: string
  readonly microversion: string
  readonly exchanges: readonly {
    /** The client's method. */
    readonly call: string
    readonly method: string
    /** `{cluster}` and `{node}` stand for ids. */
    readonly path: string
    readonly body?: unknown
    readonly status: number
  }[]
}

const recording: Recording = JSON.parse(
  readFileSync(join(import.meta.dirname, 'fixtures/openstacksdk.json'), 'utf8'),
)

/** The action that each call asks for, and with what; absent: it asks for none. */
const ACTIONS: Readonly<Record<string, readonly [string, object]>> = {
  create_cluster: ['CLUSTER_CREATE', {}],
  scale_out_cluster: ['CLUSTER_SCALE_OUT', { count: 2 }],
  resize_cluster: [
    'CLUSTER_RESIZE',
    {
      ...{ adjustment_type: 'CHANGE_IN_PERCENTAGE', number: 50, min_step: 1 },
      ...{ min_size: null, max_size: null, strict: false },
    },
  ],
  check_cluster: ['CLUSTER_CHECK', {}],
  recover_cluster: ['CLUSTER_RECOVER', {}],
  update_cluster: ['CLUSTER_UPDATE', {}],
  create_node: ['NODE_CREATE', {}],
  delete_node: ['NODE_DELETE', {}],
  delete_cluster: ['CLUSTER_DELETE', {}],
}

describe(`what ${recording.client} sends`, () => {
  for (const { call, method, path, body, status } of recording.exchanges) {
    test(`for ${call} is understood and answered as it was`, async (t) => {
      const { ask, makeCluster } = await start(t)
      await ask('POST', '/v1/profiles', { profile: { name: 'small', spec } })
      const cluster = await makeCluster('web')
      const other = { node: { name: 'other', profile_id: 'small' } }
      const node = (await ask('POST', '/v1/nodes', other)).body.node.id
      const to = path.replace('{cluster}', cluster).replace('{node}', node)
      const answer = await ask(method, to, body, recording.microversion)
      assert.equal(answer.status, status, JSON.stringify(answer.body))
      const location = String(answer.headers['location'] ?? '').split('/actions/')[1]
      const wanted = ACTIONS[call]
      assert.equal(location === undefined, wanted === undefined)
      if (location === undefined) return
      const { action } = (await ask('GET', `/v1/actions/${location}`)).body
      assert.deepEqual([action.action, action.inputs], wanted)
    })
  }
})
