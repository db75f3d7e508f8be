import { randomBytes } from 'node:crypto'
import { type Answer, type Ask, ok } from './ask.ts'
import { invalid } from './errors.ts'
import { findCluster, isDefault, requireAvailable } from './find.ts'
import { idOfJobs } from './jobs.ts'
import { HOST } from './node-host.ts'
import { KEY } from './present-cluster.ts'
import { bodyOf } from './read.ts'
import { maskSecrets, readTemplate } from './templates.ts'

const MOST = 100
const PREFIX = /^[a-z]([a-z0-9-]{0,48}[a-z0-9])?$/
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * Takes machines that are there into the default pool: each becomes a node, on the host that its server id names if that is
 * an address.
 */
export async function addNodes(ask: Ask): Promise<Answer> {
  const { control, caller } = ask
  const list = bodyOf(ask.body, 'List').at('nodeList')
  const added = list.items().map((item) => {
    const spec = item.at('spec')
    const prefix = spec.at('name')
    return {
      server: item.at('serverID').name(/^[^\s]{1,255}$/, 'must be the id or the address of a machine'),
      prefix: prefix.isAbsent ? undefined : prefix.name(PREFIX, 'must be the beginning of a name'),
      nodeTemplate: readTemplate(spec),
      spec: maskSecrets(spec.object()),
    }
  })
  if (added.length === 0) throw invalid(list.path, 'must name at least one machine')
  if (added.length > MOST) throw invalid(list.path, `has more than ${MOST} machines`)
  const cluster = await findCluster(ask)
  requireAvailable(cluster)
  const pool = cluster.pools.find(isDefault)!
  const jobs: string[] = []
  for (const { server, prefix, nodeTemplate, spec } of added) {
    const { action } = await control.nodes.createMember(caller, cluster.cluster.id, {
      ...{ pool: pool.pool.id, nodeTemplate },
      ...(prefix !== undefined && { name: `${prefix}-${randomBytes(3).toString('hex')}` }),
      metadata: { [KEY]: { spec }, ...(!UUID.test(server) && { [HOST]: server }) },
    })
    jobs.push(action.id)
  }
  return ok({ jobid: idOfJobs(jobs) })
}
