import { type RawBuilder, sql } from 'kysely'
import { OPEN_ACTION_STATUSES } from '../domain/action.ts'
import type { Tx } from '../store/store.ts'
import type { Finding } from './report.ts'

const MOST_SHOWN = 20

const OPEN = sql`(${sql.join(OPEN_ACTION_STATUSES)})`
const IN_FLIGHT = sql`('Pending', 'InProgress', 'Paused', 'RollingBack')`
const NOT_ENDED = sql`('Queued', 'Pending', 'InProgress', 'Paused', 'RollingBack')`

const RESTORE = 'restore the newest backup that is sound, and report it: Drover does not write this'

/** What must never be found, beyond what the databases see to by themselves (foreign keys, unique indexes). */
interface Rule {
  /** Gives `what` for each row that breaks it. */
  readonly broken: RawBuilder<{ what: string }>
  readonly remedy: string
}

const RULES: readonly Rule[] = [
  {
    broken: sql`select 'node pool ' || p.name || ' (' || p.id || ') has a committed revision that is not one of its own: '
        || p.committed_revision_id as what
      from node_pools p left join revisions r on r.id = p.committed_revision_id and r.pool_id = p.id
      where r.id is null`,
    remedy: RESTORE,
  },
  {
    broken: sql`select 'node pool ' || p.name || ' (' || p.id || ') would give a node index or a revision number twice' as what
      from node_pools p
      where p.next_node_index <= (select max(n.node_index) from nodes n where n.pool_id = p.id)
        or p.next_revision_number <= (select max(r.number) from revisions r where r.pool_id = p.id)`,
    remedy: RESTORE,
  },
  {
    broken: sql`select 'node ' || n.name || ' (' || n.id || ') is in a pool of another cluster: ' || n.pool_id as what
      from nodes n join node_pools p on p.id = n.pool_id where p.cluster_id <> n.cluster_id`,
    remedy: RESTORE,
  },
  {
    broken: sql`select 'node ' || n.name || ' (' || n.id || ') runs a revision that its pool does not have: '
        || n.revision_id as what
      from nodes n left join revisions r on r.id = n.revision_id and r.pool_id = n.pool_id
      where n.revision_id is not null and r.id is null`,
    remedy: 'have the node replaced: "drover node replace"',
  },
  {
    broken: sql`select 'node ' || n.name || ' (' || n.id || ') waits for an action that is not under way: '
        || n.action_id as what
      from nodes n left join actions a on a.id = n.action_id and a.status in ${OPEN}
      where n.action_id is not null and a.id is null`,
    remedy: RESTORE,
  },
  {
    broken: sql`select 'node pool ' || u.pool_id || ' has ' || cast(count(*) as text) || ' updates in flight' as what
      from updates u where u.status in ${IN_FLIGHT} group by u.pool_id having count(*) > 1`,
    remedy: 'cancel all but one of them: "drover update list", "drover update cancel"',
  },
  {
    broken: sql`select 'update ' || u.id || ' is in flight between revisions of which one is gone' as what
      from updates u
      left join revisions f on f.id = u.from_revision_id left join revisions t on t.id = u.to_revision_id
      where u.status in ${NOT_ENDED} and (f.id is null or t.id is null)`,
    remedy: RESTORE,
  },
  {
    broken: sql`select 'update ' || u.id || ' is in flight, but the action that carries it is not: ' || u.action_id as what
      from updates u left join actions a on a.id = u.action_id and a.status in ${OPEN}
      where u.status in ${NOT_ENDED} and a.id is null`,
    remedy: RESTORE,
  },
  {
    broken: sql`select 'action ' || a.id || ' (' || a.name || ') is under way on a cluster that is gone: '
        || a.cluster_id as what
      from actions a left join clusters c on c.id = a.cluster_id where a.status in ${OPEN} and c.id is null`,
    remedy: 'it does no harm, but will never end; report it: Drover does not write this',
  },
  {
    broken: sql`select 'action ' || a.id || ' (' || a.name || ') is under way on a node that is gone: ' || a.node_id as what
      from actions a left join nodes n on n.id = a.node_id
      where a.status in ${OPEN} and a.node_id is not null and n.id is null`,
    remedy: RESTORE,
  },
  {
    broken: sql`select 'policy ' || p.name || ' (' || p.id || ') is attached to a cluster of another project: '
        || b.cluster_id as what
      from policy_bindings b join policies p on p.id = b.policy_id join clusters c on c.id = b.cluster_id
      where p.project_id <> c.project_id or b.project_id <> c.project_id`,
    remedy: 'have it detached: "drover cluster policy detach"',
  },
  {
    broken: sql`select 'revision ' || cast(r.number as text) || ' of pool ' || r.pool_id || ' needs a bundle that is gone: '
        || r.bundle_id as what
      from revisions r left join bundles b on b.id = r.bundle_id where r.bundle_id is not null and b.id is null`,
    remedy: 'do not roll back to it; if nodes run it, update them to another revision',
  },
  {
    broken: sql`select 'update ' || c.id || ' of deployment ' || d.name || ' was carried by an action that is gone: '
        || c.action_id as what
      from (select id, deployment_id, action_id from deployment_updates
          union all select id, deployment_id, fill_action_id from deployment_updates) c
        join deployments d on d.id = c.deployment_id left join actions a on a.id = c.action_id
      where c.action_id is not null and a.id is null`,
    remedy: 'it counts as failed; update the deployment once more',
  },
]

/** Looks whether what refers to something finds it. On one snapshot: pass one transaction. */
export async function checkReferences(tx: Tx): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const { broken, remedy } of RULES) {
    const { rows } = await sql<{ what: string }>`${broken} limit ${MOST_SHOWN + 1}`.execute(tx)
    for (const { what } of rows.slice(0, MOST_SHOWN)) findings.push({ severity: 'problem', what, remedy })
    if (rows.length > MOST_SHOWN) {
      findings.push({ severity: 'problem', what: `and more of the same than these ${MOST_SHOWN}`, remedy })
    }
  }
  return findings
}
