import { join } from 'node:path'
import type { Client } from './client.ts'
import { runDrover } from './drover.ts'

/** The example service, of which all real processes are made. */
export const HELLO = join(import.meta.dirname, '../../examples/hello-http')
/** How many of them. */
export const NODES = 20

/** Publishes the example's versions and makes the cluster `web` of the first. */
export async function createHello(folder: string, client: Client, processes = NODES): Promise<void> {
  for (const version of ['v1', 'v2'])
    await runDrover(folder, client, ['bundle', 'publish', join(HELLO, version)])
  await client.post('/profiles', { name: 'process', type: 'process', properties: {} })
  await client.createCluster({
    name: 'web',
    profile: 'process',
    size: processes,
    code: { bundle: 'hello-http@1' },
  })
}

/** @param count of updates so far, from 1: the versions take turns */
export function nextBundle(count: number, params: object): object {
  return { code: { bundle: `hello-http@${1 + (count % 2)}` }, params }
}
