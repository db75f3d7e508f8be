import type { Asked, Question } from '../children/ask-often.ts'
import { startChild } from '../lib/child.ts'
import { type Clustering, createClustering } from '../lib/clustering.ts'
import { findFreePorts, startDrover } from '../lib/drover.ts'
import { readResident } from '../lib/memory.ts'
import { medianResult } from '../lib/result.ts'
import type { Row } from '../lib/row.ts'

const CLIENTS = 16

/** What its users did with Senlin, through the API they know, beside what Senlin 14 needed for it. */
export const senlin: Row = {
  name: 'senlin',
  about: 'clusters of simulated servers through the Clustering API: create, update in batches, list',
  async run(bench) {
    const [port] = await findFreePorts(1)
    const { client, key, pid } = await startDrover(bench, {
      ...{ folder: bench.makeFolder(), port: port! },
      flags: ['--simulate'],
    })
    const api = createClustering(client.url, key)
    const profiles = await makeProfiles(api)
    const batch = await api.send<{ id: string }>('POST', '/policies', {
      policy: {
        name: 'ten-at-a-time',
        spec: {
          ...{ type: 'senlin.policy.batch', version: '1.0' },
          properties: { min_in_service: 0, max_batch_size: 10, pause_time: 0 },
        },
      },
    })
    const create = (name: string, size: number) =>
      api.timed('POST', '/clusters', {
        cluster: { name, profile_id: profiles[0], desired_capacity: size },
      })
    const seconds: Readonly<Record<'hundred' | 'twoHundred' | 'update', number[]>> = {
      ...{ hundred: [], twoHundred: [], update: [] },
    }
    const rates: number[] = []
    const often = startChild(bench, 'ask-often')
    const listed = {
      ...{ url: `${client.url}/gateways/senlin/v1/clusters`, headers: api.headers },
      ...{ clients: CLIENTS, durationMs: bench.quick ? 2000 : 10_000 },
    } satisfies Question
    // The first turn warms up.
    for (let run = 0; run <= bench.runs; run++) {
      const hundred = await create(`hundred-${run}`, 100)
      const twoHundred = await create(`two-hundred-${run}`, 200)
      const cluster = `/clusters/hundred-${run}`
      await api.timed('POST', `${cluster}/actions`, { policy_attach: { policy_id: batch.id } })
      const update = await api.timed('PATCH', cluster, { cluster: { profile_id: profiles[1] } })
      const { answers, seconds: took } = await often.ask<Asked>(listed)
      // So that every run lists as many.
      for (const name of [`hundred-${run}`, `two-hundred-${run}`])
        await api.timed('DELETE', `/clusters/${name}`, {})
      if (run === 0) continue
      seconds.hundred.push(hundred)
      seconds.twoHundred.push(twoHundred)
      seconds.update.push(update)
      rates.push(answers / took)
    }
    const resident = readResident(pid).peak / 1024 ** 2
    const row = senlin.name
    const timed = (measured: string, samples: readonly number[], atMost: number, theirs: string) =>
      medianResult({
        ...{ row, measured, unit: 's', samples, target: { atMost } },
        beside: `Senlin 14, elsewhere: ${theirs}`,
      })
    return [
      timed('create a cluster of 100', seconds.hundred, 0.15, '8.4 s'),
      timed('create a cluster of 200', seconds.twoHundred, 0.3, '13.7 s'),
      timed('another profile for 100, batches of 10', seconds.update, 0.3, '32.6 s'),
      medianResult({
        ...{ row, measured: `lists of 2 clusters with 300 nodes, ${CLIENTS} clients`, unit: '/s' },
        ...{ samples: rates, target: { atLeast: 5000 }, beside: 'Senlin 14, elsewhere: 120 /s' },
      }),
      {
        ...{ row, measured: 'peak of resident memory', unit: 'MB', value: resident, samples: [resident] },
        ...{ target: { atMost: 120 }, beside: 'Senlin 14, elsewhere, its processes: 620 MB' },
      },
    ]
  },
}

/** @returns ids of two profiles that differ, so that every node has to be made anew */
async function makeProfiles(api: Clustering): Promise<readonly string[]> {
  const ids: string[] = []
  for (const name of ['before', 'after']) {
    const spec = {
      ...{ type: 'os.nova.server', version: '1.0' },
      properties: { name, flavor: 'small', image: name, networks: [{ network: 'private' }] },
    }
    ids.push((await api.send<{ id: string }>('POST', '/profiles', { profile: { name, spec } })).id)
  }
  return ids
}
