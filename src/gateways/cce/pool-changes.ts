import { isDeepStrictEqual } from 'node:util'
import type { ClusterView, PoolView } from '../../control/views.ts'
import type { JsonObject } from '../../domain/ids.ts'
import type { Ask } from './ask.ts'
import { invalid } from './errors.ts'
import { checkNodeSpec, MOST_NODES } from './node-spec.ts'
import { KEY, specOf } from './present-cluster.ts'
import { specOfPool, templateOfPool } from './present-pool.ts'
import { profileFor, taggedProfile } from './profiles.ts'
import { bodyOf, Member } from './read.ts'
import { maskSecrets, readTemplate } from './templates.ts'

/** Names that clients give to members of an update, and those the members have otherwise. */
const ALIASES: Readonly<Record<string, string>> = {
  nodeManagementUpdate: 'nodeManagement',
  rootVolumeUpdate: 'rootVolume',
  dataVolumesUpdate: 'dataVolumes',
  nodeNicSpecUpdate: 'nodeNicSpec',
}
/** What decides what new nodes run. */
const DECISIVE = ['login', 'lifeCycle', 'extendParam', 'userTags'] as const

/**
 * Changes a pool: what the request leaves out stays, but for the number of nodes, which is then 0 unless the request says
 * that it does not matter. Nodes that are there stay as they are until they are synchronised.
 */
export async function changePool(ask: Ask, { cluster }: ClusterView, view: PoolView): Promise<void> {
  const { control, caller } = ask
  const { pool } = view
  const body = bodyOf(ask.body, 'NodePool')
  const name = body.maybe('metadata').maybe('name').optionalText()
  if (name !== undefined && name !== pool.name) throw invalid('metadata.name', 'cannot be changed')
  const spec = body.at('spec')
  const isSizeGiven = spec.at('ignoreInitialNodeCount').optionalBoolean() !== true
  const size = spec.at('initialNodeCount').optionalInteger(0, MOST_NODES) ?? 0

  const before = templateOfPool(view)
  const after = templateAfter(before, spec.at('nodeTemplate'))
  const machine = new Member('spec.nodeTemplate', after)
  checkNodeSpec(machine)
  const nodeTemplate = readTemplate(machine)
  if (DECISIVE.some((part) => !isDeepStrictEqual(before[part], after[part]))) {
    // One that another API gave the pool stays, unless this request speaks of it.
    const isNamedAnew = taggedProfile(before['userTags']) !== taggedProfile(after['userTags'])
    const tags = [after['userTags'], specOf({ cluster })['clusterTags']]
    const profile = isNamedAnew ? { profile: await profileFor(ask, ...tags) } : {}
    await control.pools.update(caller, cluster.id, pool.id, { nodeTemplate, ...profile })
  }
  const {
    initialNodeCount: _,
    ignoreInitialNodeCount: __,
    nodeTemplate: ___,
    ...rest
  } = renamed(spec.object())
  const kept = { ...specOfPool(view), ...rest, nodeTemplate: maskSecrets(after) }
  await control.pools.setAttributes(caller, cluster.id, pool.id, { key: KEY, patch: { spec: kept } })
  if (isSizeGiven && size !== pool.desiredCapacity) {
    await control.clusters.resize(caller, cluster.id, { pool: pool.id, desiredCapacity: size })
  }
}

function templateAfter(before: JsonObject, changes: Member): JsonObject {
  const given = renamed(changes.optionalObject() ?? {})
  for (const fixed of ['flavor', 'az']) {
    const isOther =
      given[fixed] !== undefined && before[fixed] !== undefined && given[fixed] !== before[fixed]
    if (isOther) throw invalid(`${changes.path}.${fixed}`, 'cannot be changed')
  }
  const extendParam = {
    ...(before['extendParam'] as JsonObject),
    ...changes.maybe('extendParam').optionalObject(),
  }
  const login = loginAfter(before['login'] as JsonObject | undefined, changes.maybe('login'))
  const { login: _, ...rest } = { ...before, ...given }
  return {
    ...rest,
    ...(Object.keys(extendParam).length > 0 && { extendParam }),
    ...(login && { login }),
  }
}

/** A login that takes one way in away may name the other. */
function loginAfter(before: JsonObject | undefined, change: Member): JsonObject | undefined {
  if (change.optionalObject() === undefined) return before
  const removed = (flag: string, member: string) => {
    if (change.at(flag).optionalBoolean() !== true) return false
    if (!change.at(member).isAbsent) throw invalid(change.at(flag).path, `cannot be true beside ${member}`)
    return true
  }
  const gone = [
    ...(removed('removeUserPassword', 'userPassword') ? ['userPassword'] : []),
    ...(removed('removeSSHKey', 'sshKey') ? ['sshKey'] : []),
  ]
  const { removeUserPassword: _, removeSSHKey: __, ...given } = change.object()
  const named = Object.keys(given).length > 0 ? given : (before ?? {})
  const left = Object.entries(named).filter(([member]) => !gone.includes(member))
  return left.length === 0 ? undefined : Object.fromEntries(left)
}

function renamed(members: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [ALIASES[name] ?? name, value]))
}
