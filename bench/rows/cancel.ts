import { setTimeout as sleep } from 'node:timers/promises'
import type { Opened, Question } from '../children/serve-scripted.ts'
import { type Child, startChild } from '../lib/child.ts'
import { Client, type UpdateResource } from '../lib/client.ts'
import { withUnit } from '../lib/report.ts'
import type { Row } from '../lib/row.ts'
import { median, percentile } from '../lib/statistics.ts'

const NODES = 2000
/** Nodes take their time, so that steps are in every state when the cancel comes. */
const PROPERTIES = { latency: { prepareMs: { min: 0, max: 4 }, startMs: { min: 0, max: 20 } } }

/** How soon "stop" means that nothing more begins. */
export const cancel: Row = {
  name: 'cancel',
  about:
    'from the answer to a cancel until the last node that begins to move forward, by the record of the runtime',
  async run(bench) {
    const cancels = bench.quick ? 20 : Math.max(200, bench.runs * 40)
    const child = startChild(bench, 'serve-scripted')
    const open: Question = { kind: 'open', folder: bench.makeFolder(), nodes: NODES, properties: PROPERTIES }
    const { url, key } = await child.ask<Opened>(open)
    const client = new Client(url, key)
    bench.onEnd(() => client.close())
    const lags: number[] = []
    const answers: number[] = []
    for (let count = 0; count < cancels; count++) {
      if (count % 50 === 0) bench.say(`cancel ${count} of ${cancels}`)
      const { lag, answer } = await cancelOnce(child, client, count)
      lags.push(lag)
      answers.push(answer)
    }
    const none = lags.filter((lag) => lag <= 0).length
    return [
      {
        ...{
          row: cancel.name,
          measured: `last node that begins after the answer, p99 of ${cancels}`,
          unit: 'ms',
        },
        ...{ value: percentile(lags, 99), samples: lags, target: { atMost: 50 } },
        beside:
          `median ${withUnit(median(lags), 'ms')}, none began after the answer in ${none}; ` +
          `the answer took ${withUnit(median(answers), 'ms')}, p99 ${withUnit(percentile(answers, 99), 'ms')}`,
      },
    ]
  },
}

async function cancelOnce(
  child: Child,
  client: Client,
  count: number,
): Promise<{ lag: number; answer: number }> {
  const body = { version: `v${count}`, params: { maxUnavailable: 100 } }
  const started = await client.post<{ update: UpdateResource; revision: { number: number } }>(
    '/clusters/web/updates',
    body,
  )
  await sleep(20 + Math.random() * 130)
  // What is rolled back takes as long again, so most stay where they are: that makes no difference to what begins.
  const mode = count % 4 === 0 ? 'roll-back' : 'stop-here'
  const askedAt = nowMs()
  await client.post(`/updates/${started.update.id}/cancel`, { mode })
  const answeredAt = nowMs()
  const { status } = await client.updateEnded(started.update.id, 20)
  if (status !== 'Cancelled') throw new Error(`update ${started.update.id} is ${status} after its cancel`)
  const question: Question = { kind: 'lastBegun', revision: started.revision.number }
  const { at } = await child.ask<{ at: number | null }>(question)
  return { lag: (at ?? askedAt) - answeredAt, answer: answeredAt - askedAt }
}

/** Of a clock that all processes of a machine share. */
function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
