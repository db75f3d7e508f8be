import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Drover } from './drover.ts'
import { chooseSeed, createRandom } from './random.ts'
import { report } from './report.ts'
import { waitFor } from './wait-for.ts'

const ROUNDS = 6
const MESSAGES_A_ROUND = 20

interface MessageView {
  readonly status: string
  readonly place: number
  readonly actionId: string | null
}

test('each message becomes one action exactly and in order, however often Drover is killed', async (t) => {
  const seed = chooseSeed()
  t.diagnostic(`DROVER_SYSTEM_SEED=${seed}`)
  const random = createRandom(seed)
  const drover = await Drover.prepare({ flags: ['--simulate'] })
  t.after(() => drover.destroy())
  try {
    await drover.start()
    await make(drover, '/profiles', { name: 'p', type: 'scripted', properties: {} }, 201)
    await make(drover, '/clusters', { name: 'web', profile: 'p', size: 0 }, 202)
    const mail = { name: 'mail', type: 'message', cluster: 'web', action: 'CLUSTER_CHECK' }
    const { receiver, token } = await make(drover, '/receivers', mail, 201)
    /** Asks until there is an answer, under one key. */
    const send = async (key: string) => {
      await waitFor(`message ${key} is taken`, 60_000, async () => {
        const options = {
          body: { messages: [{ body: {} }] },
          apiKey: token,
          headers: { 'idempotency-key': key },
        }
        const answer = await drover.ask('POST', receiver.address, options).catch(() => null)
        return answer?.status === 201
      })
    }
    for (let round = 0; round < ROUNDS; round += 1) {
      const sending = Promise.all(
        Array.from({ length: MESSAGES_A_ROUND }, (_, number) => send(`${round}-${number}`)),
      )
      await sleep(random.between(0, 150))
      await drover.end('SIGKILL')
      await drover.start()
      await sending
    }
    const list = async () =>
      (await drover.get<{ items: MessageView[] }>('/receivers/mail/messages?limit=1000')).items
    await waitFor('no message waits', 60_000, async () =>
      (await list()).every(({ status }) => status !== 'Waiting'),
    )
    const messages = await list()
    assert.equal(messages.length, ROUNDS * MESSAGES_A_ROUND)
    assert.deepEqual([...new Set(messages.map(({ status }) => status))], ['Done'])
    const path = '/actions?name=CLUSTER_CHECK&sort=createdAt&limit=1000'
    const actions = await drover.get<{ items: { id: string }[] }>(path)
    assert.deepEqual(
      actions.items.map(({ id }) => id),
      messages.map(({ actionId }) => actionId),
    )
  } catch (error) {
    await report(t, [drover], [])
    throw error
  }
})

// biome-ignore lint/suspicious/noExplicitAny: a test asserts what it reads of an answer.
async function make(drover: Drover, path: string, body: object, status: number): Promise<any> {
  const answer = await drover.ask('POST', path, { body })
  assert.equal(answer.status, status, JSON.stringify(answer.body))
  return answer.body
}
