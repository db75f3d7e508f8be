import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { OperationRequest } from '../runtimes/runtime.ts'
import { createBench } from './test-bench.ts'

const operation = { operation: 'change_password', params: { admin_pass: '***', force: true } }
const secrets = { admin_pass: 'correct-horse-battery' }

test('an operation is carried out with its secrets, also after a crash, and they go when it ends', async () => {
  const b = await createBench({ size: 1 })
  try {
    const seen: OperationRequest[] = []
    let isHeld = true
    Object.assign(b.runtime, {
      operations: {},
      async perform(_ctx: unknown, _node: unknown, _handle: unknown, request: OperationRequest) {
        seen.push(request)
        while (isHeld) await wait(5)
      },
    })
    const stored = async () =>
      JSON.stringify(await b.store.read((tx) => tx.selectFrom('actions').selectAll().execute()))
    const nodeIds = (await b.nodes()).map(({ id }) => id)
    const action = await b.ask('CLUSTER_OPERATION', { inputs: { ...operation, secrets, nodeIds } })
    await until('it is under way', async () => seen.length === 1)
    await b.crash('end')
    await until('it is done again', async () => seen.length === 2)
    assert.ok((await stored()).includes(secrets.admin_pass))
    isHeld = false
    assert.equal((await b.ended(action)).status, 'SUCCEEDED')
    for (const request of seen) assert.deepEqual(request.params, { ...operation.params, ...secrets })
    assert.ok(!(await stored()).includes(secrets.admin_pass))
    assert.deepEqual((await b.ended(action)).inputs, { ...operation, nodeIds })
  } finally {
    await b.close()
  }
})

async function until(what: string, isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!(await isTrue())) {
    assert.ok(Date.now() < deadline, `not within 20 s: ${what}`)
    await wait(10)
  }
}
