import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Action } from '../src/domain/action.ts'
import type { Cluster, NodePool } from '../src/domain/cluster.ts'
import type { Event } from '../src/domain/event.ts'
import type { Node } from '../src/domain/node.ts'
import type { Policy, PolicyBinding } from '../src/domain/policy.ts'
import type { Update } from '../src/domain/update.ts'
import {
  actionRows,
  clusterRows,
  eventRows,
  nodeRows,
  policyBindingRows,
  policyRows,
  poolRows,
  updateRows,
} from '../src/store/rows.ts'
import { migrate } from '../src/store/sqlite/migrate.ts'

/** What a transaction wrote: the rows as it left them, `null` for one that it deleted. */
export interface RowChanges {
  readonly nodes: Map<string, Node | null>
  readonly actions: Map<string, Action | null>
  readonly updates: Map<string, Update | null>
  readonly pools: Map<string, NodePool | null>
  readonly policies: Map<string, Policy | null>
  readonly bindings: Map<string, PolicyBinding | null>
  /** With who runs it; `touched` when anything but its lease was written. */
  readonly clusters: Map<string, ClusterRow | null>
  readonly events: Event[]
  /** Deleted. */
  readonly goneEvents: { readonly sequence: number; readonly at: number }[]
  readonly goneRevisions: string[]
}

export interface ClusterRow {
  readonly cluster: Cluster
  readonly engineId: string | null
  readonly term: number
  readonly touched: boolean
}

const TABLES = [
  'nodes',
  'actions',
  'updates',
  'node_pools',
  'policies',
  'policy_bindings',
  'clusters',
] as const
type Table = (typeof TABLES)[number]

/** The embedded database in memory, with triggers that note which rows a transaction wrote, and a disk that fills up. */
export class SimDatabase extends DatabaseSync {
  /** No transaction can be committed. */
  full = false
  readonly #log: StatementSync
  readonly #clear: StatementSync
  readonly #byId: Record<Table, StatementSync>
  readonly #event: StatementSync

  constructor() {
    super(':memory:', { enableForeignKeyConstraints: true })
    migrate(this)
    this.exec('CREATE TEMP TABLE change_log (n INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL)')
    for (const table of TABLES) {
      for (const when of ['INSERT', 'DELETE'] as const) this.#trigger(table, when)
      if (table !== 'clusters') this.#trigger(table, 'UPDATE')
    }
    this.#trigger('clusters', 'UPDATE', 'OF name, status, status_reason, metadata, version, platform')
    this.#trigger('clusters', 'UPDATE', 'OF engine_id, term', 'leases')
    this.exec(`CREATE TEMP TRIGGER log_events AFTER INSERT ON main.events BEGIN
      INSERT INTO change_log (kind, id) VALUES ('events', NEW.sequence); END`)
    this.exec(`CREATE TEMP TRIGGER log_gone_events AFTER DELETE ON main.events BEGIN
      INSERT INTO change_log (kind, id) VALUES ('goneEvents', OLD.sequence || ' ' || OLD.at); END`)
    this.exec(`CREATE TEMP TRIGGER log_gone_revisions AFTER DELETE ON main.revisions BEGIN
      INSERT INTO change_log (kind, id) VALUES ('goneRevisions', OLD.id); END`)
    this.#log = this.prepare('SELECT kind, id FROM change_log ORDER BY n')
    this.#clear = this.prepare('DELETE FROM change_log')
    this.#byId = Object.fromEntries(
      TABLES.map((table) => [table, this.prepare(`SELECT * FROM ${table} WHERE id = ?`)]),
    ) as Record<Table, StatementSync>
    this.#event = this.prepare('SELECT * FROM events WHERE sequence = ?')
  }

  #trigger(table: Table, when: 'INSERT' | 'UPDATE' | 'DELETE', columns = '', kind: string = table): void {
    const row = when === 'DELETE' ? 'OLD' : 'NEW'
    this.exec(`CREATE TEMP TRIGGER log_${kind}_${when} AFTER ${when} ${columns} ON main.${table} BEGIN
      INSERT INTO change_log (kind, id) VALUES ('${kind}', ${row}.id); END`)
  }

  override exec(sql: string): void {
    if (this.full && sql === 'COMMIT') {
      // As SQLite does: the transaction is gone, and the error says why.
      super.exec('ROLLBACK')
      const error = Object.assign(new Error('database or disk is full'), {
        code: 'ERR_SQLITE_ERROR',
        errcode: 13,
      })
      throw error
    }
    super.exec(sql)
  }

  /** Takes what was written since the last call. Belongs into the transaction, at its end. */
  takeChanges(): RowChanges | null {
    const log = this.#log.all() as { kind: string; id: string }[]
    if (log.length === 0) return null
    this.#clear.run()
    const changes: RowChanges = {
      nodes: new Map(),
      actions: new Map(),
      updates: new Map(),
      pools: new Map(),
      policies: new Map(),
      bindings: new Map(),
      clusters: new Map(),
      events: [],
      goneEvents: [],
      goneRevisions: [],
    }
    const touched = new Set(log.filter(({ kind }) => kind === 'clusters').map(({ id }) => id))
    for (const { kind, id } of log) {
      if (kind === 'nodes') changes.nodes.set(id, this.#read('nodes', id, nodeRows))
      else if (kind === 'actions') changes.actions.set(id, this.#read('actions', id, actionRows))
      else if (kind === 'updates') changes.updates.set(id, this.#read('updates', id, updateRows))
      else if (kind === 'node_pools') changes.pools.set(id, this.#read('node_pools', id, poolRows))
      else if (kind === 'policies') changes.policies.set(id, this.#read('policies', id, policyRows))
      else if (kind === 'policy_bindings')
        changes.bindings.set(id, this.#read('policy_bindings', id, policyBindingRows))
      else if (kind === 'events')
        changes.events.push(eventRows.toNoun(this.#event.get(Number(id)) as never) as Event)
      else if (kind === 'goneRevisions') changes.goneRevisions.push(id)
      else if (kind === 'goneEvents') {
        const [sequence = 0, at = 0] = id.split(' ').map(Number)
        changes.goneEvents.push({ sequence, at })
      } else changes.clusters.set(id, this.#cluster(id, touched.has(id)))
    }
    return changes
  }

  /** Who runs the cluster, as the running transaction sees it. */
  ownerOf(clusterId: string): string | null {
    return (this.#byId.clusters.get(clusterId)?.['engine_id'] as string | null | undefined) ?? null
  }

  #cluster(id: string, touched: boolean): ClusterRow | null {
    const row = this.#byId.clusters.get(id)
    if (!row) return null
    return {
      cluster: clusterRows.toNoun(row as never),
      engineId: row['engine_id'] as string | null,
      term: row['term'] as number,
      touched,
    }
  }

  #read<Noun>(table: Table, id: string, codec: { toNoun(row: never): Noun }): Noun | null {
    const row = this.#byId[table].get(id)
    return row === undefined ? null : codec.toNoun(row as never)
  }
}
