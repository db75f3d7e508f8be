import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ActionName } from '../domain/action.ts'
import type { ActionId, NodeId, PoolId } from '../domain/ids.ts'
import type { Strategy } from '../domain/update.ts'
import { admitAction, type OpenWork } from './admit-action.ts'

const POOL = 'pool' as PoolId

function action(name: ActionName, poolId: string | null = POOL) {
  const nodeId = name.startsWith('NODE_') ? ('node' as NodeId) : null
  return { id: `id-of-${name}` as ActionId, name, poolId: poolId as PoolId | null, nodeId }
}

function work(ahead: readonly ReturnType<typeof action>[], update?: Strategy, held?: ActionName): OpenWork {
  return { ahead, updates: new Map(update ? [[POOL, update]] : []), nodeHeldBy: held ? action(held) : null }
}

const free = work([])
const cases = [
  { name: 'a resize starts on a quiet pool', asked: action('CLUSTER_RESIZE'), work: free, want: 'start' },
  {
    name: 'a resize waits for another',
    asked: action('CLUSTER_RESIZE'),
    work: work([action('CLUSTER_ADD_NODES')]),
    want: 'wait',
    because: /CLUSTER_ADD_NODES \(action id-of-CLUSTER_ADD_NODES\)/,
  },
  {
    name: 'a resize does not mind another pool',
    asked: action('CLUSTER_RESIZE'),
    work: work([action('CLUSTER_RESIZE', 'other')]),
    want: 'start',
  },
  {
    name: 'a resize joins a rolling update',
    asked: action('CLUSTER_RESIZE'),
    work: work([action('CLUSTER_UPDATE')], 'ROLLING'),
    want: 'start',
  },
  {
    name: 'a resize waits for a FORCE update',
    asked: action('CLUSTER_RESIZE'),
    work: work([action('CLUSTER_UPDATE')], 'FORCE'),
    want: 'wait',
    because: /FORCE/,
  },
  {
    name: 'an update waits for a resize',
    asked: action('CLUSTER_UPDATE'),
    work: work([action('CLUSTER_RESIZE')]),
    want: 'wait',
    because: /CLUSTER_RESIZE/,
  },
  { name: 'an update starts on a quiet pool', asked: action('CLUSTER_UPDATE'), work: free, want: 'start' },
  {
    name: 'an update does not mind another pool',
    asked: action('CLUSTER_UPDATE'),
    work: work([action('CLUSTER_RESIZE', 'other')]),
    want: 'start',
  },
  {
    name: 'a check waits for nothing',
    asked: action('CLUSTER_CHECK', null),
    work: work([action('CLUSTER_RESIZE')], 'FORCE'),
    want: 'start',
  },
  {
    name: 'a recovery waits for nothing',
    asked: action('CLUSTER_RECOVER', null),
    work: work([action('CLUSTER_UPDATE')], 'ROLLING'),
    want: 'start',
  },
  {
    name: 'a deletion waits for nothing',
    asked: action('CLUSTER_DELETE', null),
    work: work([action('CLUSTER_UPDATE'), action('CLUSTER_RESIZE')], 'FORCE'),
    want: 'start',
  },
  {
    name: 'a second deletion is cancelled',
    asked: action('CLUSTER_DELETE', null),
    work: work([action('CLUSTER_DELETE', null)]),
    want: 'cancel',
    because: /being deleted by action id-of-CLUSTER_DELETE/,
  },
  {
    name: 'whatever comes after a deletion is cancelled',
    asked: action('CLUSTER_UPDATE'),
    work: work([action('CLUSTER_DELETE', null)]),
    want: 'cancel',
    because: /cluster is being deleted/,
  },
  {
    name: 'a node action after a deletion is cancelled',
    asked: action('NODE_CHECK'),
    work: work([action('CLUSTER_DELETE', null)]),
    want: 'cancel',
    because: /cluster is being deleted/,
  },
  {
    name: 'a pool deletion waits for nothing',
    asked: action('POOL_DELETE'),
    work: work([action('CLUSTER_RESIZE')], 'FORCE'),
    want: 'start',
  },
  {
    name: 'what comes after a pool deletion is cancelled',
    asked: action('CLUSTER_RESIZE'),
    work: work([action('POOL_DELETE')]),
    want: 'cancel',
    because: /pool is being deleted/,
  },
  {
    name: 'the deletion of another pool does not matter',
    asked: action('CLUSTER_RESIZE'),
    work: work([action('POOL_DELETE', 'other')]),
    want: 'start',
  },
  {
    name: 'a check of the cluster survives a pool deletion',
    asked: action('CLUSTER_CHECK', null),
    work: work([action('POOL_DELETE')]),
    want: 'start',
  },
  {
    name: 'a revision for one node gives way to the update of its pool',
    asked: action('NODE_UPDATE'),
    work: work([], 'ROLLING'),
    want: 'cancel',
    because: /an update is in flight on the pool/,
  },
  { name: 'a node action starts on a free node', asked: action('NODE_RECOVER'), work: free, want: 'start' },
  {
    name: 'a node action waits for the one before',
    asked: action('NODE_RECOVER'),
    work: work([], 'FORCE', 'NODE_STOP'),
    want: 'wait',
    because: /held by NODE_STOP/,
  },
] as const
for (const { name, asked, work: open, want, ...more } of cases) {
  test(name, () => {
    const admission = admitAction(asked, open)
    assert.equal(admission.kind, want)
    if (admission.kind !== 'start') assert.match(admission.because, 'because' in more ? more.because : /./)
  })
}
