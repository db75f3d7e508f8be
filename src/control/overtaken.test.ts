import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { OvertakenError } from '../domain/errors.ts'
import { type Bench, createBench, zipOf } from './test-bench.ts'

let bench: Bench
before(async () => {
  bench = await createBench()
})
after(() => bench.close())

// Simulation, seed 3034: such a request was answered as if Drover were at fault.
test('a change that others overtake each time is refused, and can be asked for again', async () => {
  const { control, store, admin } = bench
  await control.profiles.create(admin, { name: 'p', type: 'scripted', properties: {} })
  const content = { stream: zipOf({ 'run.sh': 'v1' }) }
  await control.publishedProjects.publish(admin, { content, name: 'CHURN', version: 'v1' })
  await control.infras.create(admin, { name: 'dev', stage: 'Development', profile: 'p', size: 2 })
  await control.deployments.create(admin, {
    name: 'churn',
    infra: 'dev',
    publishedProject: 'CHURN',
    bundle: 'v1',
  })
  const write = store.write.bind(store)
  let others = 0
  store.write = async (work, options) => {
    store.write = write
    others += 1
    await control.deployments.save(admin, 'churn', { deployedProjectKey: `k${others}` })
    if (others < 20) store.write = overtaken
    return await write(work, options)
  }
  const overtaken = store.write
  const refused = await control.deployments.startUpdate(admin, 'churn').then(
    () => assert.fail('it was begun'),
    (error: unknown) => error,
  )
  assert.ok(refused instanceof OvertakenError)
  assert.deepEqual([refused.code, refused.retryable], ['conflict', true])
  assert.match(refused.message, /deployments\.startUpdate.*ask again/)
  store.write = write
  const { deploymentUpdate } = await control.deployments.startUpdate(admin, 'churn')
  assert.equal(deploymentUpdate.kind, 'Create')
})
