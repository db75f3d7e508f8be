import { join } from 'node:path'
import { Readable } from 'node:stream'
import { createBundleStore } from '../bundles/bundle-store.ts'
import { makeZip } from '../bundles/test-zips.ts'
import { createKeyring } from '../secrets/keyring.ts'
import type { Tables } from '../store/schema.ts'
import type { Store, Tx } from '../store/store.ts'
import { silentLog } from '../system/log.ts'
import { fillDeployments } from './test-deployments.ts'

/** With which a server could use this database. */
export const TEST_SECRET_KEY = Buffer.alloc(32, 7).toString('base64')

/** More than one page of a copy. */
const EVENTS = 1100

/**
 * Puts something into every table, all of it sound, and the bundle's bytes beside it.
 * @returns the bundle's digest
 */
export async function fillEverything(store: Store, data: string): Promise<string> {
  const files = createBundleStore({ root: join(data, 'bundles'), log: silentLog })
  const { digest } = await files.receive(Readable.from([makeZip([{ name: 'server.js', data: 'serve()' }])]))
  const project = { project_id: 'p' }
  const made = { created_at: 1_700_000_000_000, created_by: 'ada' }
  const changed = { created_at: 1, updated_at: 2, version: 3 }
  const spec = JSON.stringify({ code: { digest }, text: 'ünïcödé \u0001 🙂' })
  await store.write(async (tx) => {
    await tx.insertInto('projects').values({ id: 'p', name: 'default', created_at: 1 }).execute()
    const key = {
      id: 'k',
      name: 'admin',
      secret_hash: 'h',
      grants: '[]',
      groups: '["qa"]',
      expires_at: null,
      revoked_at: 9,
    }
    await tx
      .insertInto('api_keys')
      .values({ ...key, ...made })
      .execute()
    const { current: id, seal } = createKeyring([TEST_SECRET_KEY])
    const known = { id, proof: seal('drover', `secret_keys.proof:${id}`), complete: 1, created_at: 1 }
    await tx.insertInto('secret_keys').values(known).execute()
    const signing = {
      id: 'AKIA',
      name: 'kdb',
      role: 'viewer',
      secret: 'sealed',
      enabled: 1,
      last_used_at: null,
    }
    await tx
      .insertInto('access_keys')
      .values({ ...signing, ...project, ...made, updated_at: 2 })
      .execute()
    const times = { created_at: 1, updated_at: 2, password_changed_at: 3 }
    const user = {
      name: 'ada',
      description: null,
      password_hash: 'scrypt$x',
      grants: '[]',
      groups: '[]',
      enabled: 1,
    }
    await tx
      .insertInto('users')
      .values({ id: 's', ...user, ...times, created_by: 'root' })
      .execute()
    const login = { user_id: 's', project_id: 'p', application_credential_id: 'd', expires_at: 9 }
    const credential = {
      name: 'ci',
      description: 'x',
      role: 'viewer',
      secret_hash: 'sha256$x',
      unrestricted: 0,
    }
    await tx
      .insertInto('application_credentials')
      .values({ id: 'd', ...credential, user_id: 's', project_id: 'p', created_at: 1, expires_at: null })
      .execute()
    await tx
      .insertInto('tokens')
      .values({ id: 't', hash: 'h', ...login, methods: '["password"]', issued_at: 8 })
      .execute()
    const size = { size_bytes: 1, entry_count: 1, unpacked_bytes: 7 }
    const bundle = {
      name: 'web',
      version: '1',
      digest,
      ...size,
      manifest: null,
      source: '{}',
      description: 'x',
    }
    await tx
      .insertInto('bundles')
      .values({ id: 'b', ...project, ...bundle, ...made })
      .execute()
    const profile = { id: 'f', name: 'proc', type: 'process', version: '1', properties: '{}', metadata: '{}' }
    const attributes = '{"senlin":{"version":1}}'
    await tx
      .insertInto('profiles')
      .values({ ...profile, ...project, attributes, ...made, updated_at: null })
      .execute()
    const lease = { engine_id: 'e', term: 4, intent: 2, seen_intent: 2 }
    const cluster = { name: 'web', status: 'Updating', status_reason: 'why', metadata: '{"a":1}' }
    const more = {
      ...{
        kind: 'cluster',
        drift_repair: 'manual',
        config: '{}',
        timeout_seconds: null,
        created_by: 'a',
        first_ready_at: 1,
      },
      ...{ environment_id: null, attributes: '{}' },
    }
    await tx
      .insertInto('clusters')
      .values({ id: 'c', ...project, ...cluster, ...more, ...changed, ...lease })
      .execute()
    const sizes = { min_size: 0, max_size: null, desired_capacity: 2 }
    const counters = { next_node_index: 3, next_revision_number: 3 }
    const pool = {
      cluster_id: 'c',
      name: 'DefaultPool',
      committed_revision_id: 'r1',
      update_defaults: '{}',
      attributes: '{}',
    }
    await tx
      .insertInto('node_pools')
      .values({ id: 'o', ...project, ...pool, ...sizes, ...counters, ...changed })
      .execute()
    for (const number of [1, 2]) {
      const revision = { number, profile_id: 'f', bundle_id: 'b', spec, description: null }
      await tx
        .insertInto('revisions')
        .values({ id: `r${number}`, pool_id: 'o', ...revision, ...made })
        .execute()
    }
    for (const index of [1, 2]) {
      const state = {
        status: 'Running',
        status_reason: 'a\nb',
        health: 'Healthy',
        revision_id: 'r1',
        attempt: 1,
      }
      const place = {
        physical_id: '12',
        endpoint: null,
        handle: 'null',
        metadata: '{}',
        data: '{}',
        available_since: null,
      }
      const node = { cluster_id: 'c', pool_id: 'o', name: `web-${index}`, node_index: index }
      const own = { role: '', tainted: 0, created_by: 'a', first_ready_at: 1, moves: 0, written_at_intent: 0 }
      const busy = { action_id: index === 1 ? 'a2' : null, created_at: 1, updated_at: 2 }
      await tx
        .insertInto('nodes')
        .values({ id: `n${index}`, ...project, ...node, ...state, ...place, ...own, ...busy })
        .execute()
    }
    const texts = {
      params: '{}',
      selection: null,
      control: '{}',
      progress: '{}',
      errors: '[]',
      checkpoints_passed: 0,
      hold: null,
      errors_left_out: 0,
      attributes: '{}',
    }
    const way = { from_revision_id: 'r1', to_revision_id: 'r2', direction: 'forward', description: null }
    const updateTimes = { started_at: 5, last_progress_at: null, ended_at: null }
    const update = { cluster_id: 'c', pool_id: 'o', action_id: 'a1', type: 'Update', status: 'InProgress' }
    await tx
      .insertInto('updates')
      .values({ id: 'u', ...project, ...update, because: 'so', ...texts, ...way, ...made, ...updateTimes })
      .execute()
    for (const [id, node, parent] of [
      ['a1', null, null],
      ['a2', 'n1', 'a1'],
    ] as const) {
      const action = { cluster_id: 'c', pool_id: 'o', node_id: node, parent_id: parent, update_id: 'u' }
      const what = {
        name: 'X',
        status: 'RUNNING',
        status_reason: '',
        inputs: '{}',
        outputs: '{}',
        data: '{}',
      }
      const later = { cause: 'request', timeout_seconds: null, owner_id: 'e', control: null }
      await tx
        .insertInto('actions')
        .values({ id, ...project, ...action, ...what, ...later, ...made, started_at: 1, ended_at: null })
        .execute()
    }
    const policy = { name: 'slow', type: 'batch', version: '1.0', properties: '{"pauseTime":1}' }
    await tx
      .insertInto('policies')
      .values({
        id: 'y',
        ...project,
        ...policy,
        description: null,
        metadata: '{}',
        attributes,
        data: '{}',
        ...made,
        updated_at: null,
      })
      .execute()
    const binding = { cluster_id: 'c', policy_id: 'y', enabled: 1, priority: 200, data: '{}' }
    await tx
      .insertInto('policy_bindings')
      .values({ id: 'd', ...project, ...binding, last_operation_at: null, ...made, updated_at: 2 })
      .execute()
    for (const scope of ['s', 't']) {
      const token = { scope, token: 'same', request_hash: 'h', answer: '{}', created_at: 1 }
      await tx.insertInto('client_tokens').values(token).execute()
    }
    const receiver = { id: 'w', ...project, name: 'mail', type: 'message', cluster_id: 'c', action: null }
    const secret = { actor: '{}', params: '{}', credential: 'token', token_hash: 'h', next_place: 2 }
    await tx
      .insertInto('receivers')
      .values({ ...receiver, ...secret, ...changed, created_by: 'ada' })
      .execute()
    const message = { id: 'm', receiver_id: 'w', place: 1, status: 'Waiting', body: '{}', error: null }
    const kept = { action_id: null, received_at: 1, expires_at: 2, ended_at: null }
    await tx
      .insertInto('receiver_messages')
      .values({ ...message, ...kept })
      .execute()
    const host = { host: 'h:22', revision_id: 'r', term: 1 }
    await tx
      .insertInto('node_hosts')
      .values({ node_id: 'n1', ...host })
      .execute()
    await tx
      .insertInto('host_keys')
      .values({ project_id: 'p', route: 'h:22', key: 'k', pinned_at: 1 })
      .execute()
    const given = { route: 'h:22', login: 'root', folder: 'drover', service: 'auto', term: 3 }
    await tx
      .insertInto('forgotten_nodes')
      .values({ node_id: 'n0', node_name: 'web-0', ...project, ...given, forgotten_at: 1 })
      .execute()
    const origin = { place: 'Amazon S3', bucket: 'code', object_key: 'web.zip', state: 'version 1' }
    await tx
      .insertInto('bundle_origins')
      .values({ ...project, ...origin, bundle_id: 'b', created_at: 1 })
      .execute()
    const bucket = { id: 'x', name: 'code', version_count: 2, size_bytes: 1 }
    await tx
      .insertInto('buckets')
      .values({ ...bucket, ...project, ...made })
      .execute()
    for (const [id, bytes, latest] of [
      ['x1', digest, 0],
      ['x2', null, 1],
    ] as const) {
      const object = { id, bucket_id: 'x', object_key: 'web.zip', digest: bytes, is_latest: latest }
      await tx
        .insertInto('bucket_objects')
        .values({ ...object, size_bytes: 1, ...made })
        .execute()
    }
    await fillDeployments(tx)
    for (let index = 0; index < EVENTS; index += 1) await addEvent(tx, `e${index}`)
  })
  return digest
}

export async function addEvent(tx: Tx, id: string): Promise<void> {
  const about = { project_id: 'p', cluster_id: 'c', node_id: null, update_id: 'u', action_id: null }
  const event = {
    id,
    at: 3,
    level: 'info',
    type: 'test',
    principal: 'ada',
    because: 'it is a test',
    data: '{}',
  }
  await tx
    .insertInto('events')
    .values({ ...event, ...about })
    .execute()
}

const TABLES: readonly (readonly [keyof Tables, string])[] = [
  ['projects', 'id'],
  ['api_keys', 'id'],
  ['users', 'id'],
  ['application_credentials', 'id'],
  ['tokens', 'id'],
  ['bundles', 'id'],
  ['profiles', 'id'],
  ['clusters', 'id'],
  ['node_pools', 'id'],
  ['revisions', 'id'],
  ['nodes', 'id'],
  ['updates', 'id'],
  ['actions', 'id'],
  ['policies', 'id'],
  ['policy_bindings', 'id'],
  ['events', 'sequence'],
  ['client_tokens', 'scope'],
  ['receivers', 'id'],
  ['receiver_messages', 'id'],
  ['node_hosts', 'node_id'],
  ['host_keys', 'route'],
  ['forgotten_nodes', 'node_id'],
  ['secret_keys', 'id'],
  ['access_keys', 'id'],
  ['bundle_origins', 'bundle_id'],
  ['buckets', 'id'],
  ['bucket_objects', 'id'],
  ['stages', 'name'],
  ['infras', 'id'],
  ['published_projects', 'id'],
  ['deployments', 'id'],
  ['deployment_updates', 'id'],
]

/** Every row of every table but `engines`, in one order. */
export async function readEverything(store: Store): Promise<Record<string, unknown[]>> {
  return await store.read(async (tx) => {
    const found: Record<string, unknown[]> = {}
    for (const [table, key] of TABLES) {
      const rows = await tx
        .selectFrom(table)
        .selectAll()
        .orderBy(key as never)
        .execute()
      // PostgreSQL's columns may come in another order.
      found[table] = rows.map((row) =>
        Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))),
      )
    }
    return found
  })
}
