import assert from 'node:assert/strict'
import { mkdtemp, readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { Registry } from 'prom-client'
import { createAccessKeys } from '../access/access-keys.ts'
import { ensureAdministrator } from '../access/administrator.ts'
import { createAuthenticator } from '../access/authenticator.ts'
import { createPasswords } from '../access/passwords.ts'
import { type BundleStore, createBundleStore } from '../bundles/bundle-store.ts'
import { removeTree } from '../bundles/folders.ts'
import { makeZip } from '../bundles/test-zips.ts'
import { resolveConfig } from '../config/config.ts'
import { type Control, createControl } from '../control/control.ts'
import type { NodeId } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import type { Project } from '../domain/principal.ts'
import type { KeepsLogs } from '../runtimes/runtime.ts'
import { createScriptedRuntime, createScriptedWorld } from '../runtimes/scripted/index.ts'
import { createKeyring, makeSecretKey } from '../secrets/keyring.ts'
import { findCluster, listPools } from '../store/clusters.ts'
import { putNodes } from '../store/nodes.ts'
import { findProject } from '../store/projects.ts'
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts'
import type { Store } from '../store/store.ts'
import { systemClock } from '../system/clock.ts'
import { createIds } from '../system/ids.ts'
import { silentLog } from '../system/log.ts'
import { createServer, type ServerDeps } from './server.ts'

/** A server over a real database and bundle folder, with nodes that are only scripted, and no engine. */
export interface TestServer {
  readonly app: FastifyInstance
  readonly store: Store
  readonly control: Control
  readonly bundles: BundleStore
  readonly folder: string
  /** The administrator's. */
  readonly key: string
  /** Tells watchers that something was committed. */
  notify(): void
  /** Asks as the administrator, and checks the answer against the document. */
  ask(method: Method, url: string, body?: object, headers?: Record<string, string>): Promise<Answer>
  /** Begins to listen. @returns the address, without a slash at the end */
  listen(): Promise<string>
  /** Publishes a bundle, makes a profile and a cluster `web` of three nodes. */
  makeCluster(): Promise<void>
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'HEAD' | 'PUT' | 'OPTIONS'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any
}

/** Below the project that every database begins with. */
export const project = '/api/v1/projects/default'

/** @param extra what the scripted runtime can do besides */
export async function startTestServer(
  t: TestContext,
  options: Partial<ServerDeps> = {},
  extra: Partial<KeepsLogs> = {},
): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'drover-api-'))
  const clock = systemClock
  const ids = createIds(clock.now)
  const log = silentLog
  const store = await openSqliteStore({
    path: join(folder, 'drover.db'),
    sealer: createKeyring([makeSecretKey()]),
  })
  const bundles = createBundleStore({ root: join(folder, 'bundles'), log })
  const authenticator = createAuthenticator({ store, clock })
  const accessKeys = createAccessKeys({ store, clock, log, note() {} })
  const file = join(folder, 'admin.key')
  await ensureAdministrator({ store, clock, ids, log }, { file })
  const key = (await readFile(file, 'utf8')).trim()
  const runtime = createScriptedRuntime({
    clock,
    random: () => 0.5,
    world: createScriptedWorld({ now: clock.now }),
  })
  const listeners = new Set<() => void>()
  const control = createControl({
    store,
    clock,
    ids,
    log,
    runtimes: { scripted: { ...runtime, ...extra } },
    bundles,
    wake() {},
    forget(id) {
      authenticator.forget(id)
      accessKeys.forget(id)
    },
    passwords: createPasswords({ logN: 2, r: 1, p: 1 }),
  })
  const app = createServer({
    control,
    authenticate: authenticator.authenticate,
    authenticateToken: authenticator.authenticateToken,
    accessKeys,
    config: resolveConfig({ flags: {}, env: {}, file: null, host: { folder, home: folder, isRoot: false } }),
    store,
    clock,
    log,
    engineHealth: () => ({ healthy: true, because: 'heartbeat 1 s ago' }),
    freeBytes: async () => 1024 ** 3,
    metrics: new Registry(),
    changes: {
      subscribe(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
    version: '0.0.0-test',
    ...options,
  })
  await app.ready()
  t.after(async () => {
    await app.close()
    assert.equal(listeners.size, 0, 'every watcher has unsubscribed')
    await store.close()
    await removeTree(folder)
  })
  answerCheck ??= createAnswerCheck((await app.inject('/api/v1/openapi.json')).json())
  const check = answerCheck

  const ask: TestServer['ask'] = async (method, url, body, headers = {}) => {
    const request: InjectOptions = {
      method,
      url,
      headers: { authorization: `Bearer ${key}`, ...headers },
      ...(body !== undefined && { payload: body }),
    }
    const response = await app.inject(request)
    const isJson = method !== 'HEAD' && String(response.headers['content-type'] ?? '').includes('json')
    const answer = {
      status: response.statusCode,
      headers: response.headers as Answer['headers'],
      body: isJson ? response.json() : response.body,
    }
    if (method !== 'HEAD') check(method, url, answer)
    return answer
  }

  return {
    app,
    store,
    control,
    bundles,
    folder,
    key,
    notify: () => {
      for (const listener of listeners) listener()
    },
    ask,
    async listen() {
      await app.listen({ port: 0, host: '127.0.0.1' })
      return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
    },
    async makeCluster() {
      const headers = { 'content-type': 'application/zip' }
      const published = await ask('POST', `${project}/bundles?name=quotes&version=1`, zip('one'), headers)
      assert.equal(published.status, 201)
      const profile = { name: 'plain', type: 'scripted', properties: {} }
      assert.equal((await ask('POST', `${project}/profiles`, profile)).status, 201)
      const cluster = { name: 'web', profile: 'plain', code: { bundle: 'quotes@1' }, size: 3 }
      assert.equal((await ask('POST', `${project}/clusters`, cluster)).status, 202)
    },
  }
}

/** Puts running nodes into cluster `web`, as an engine would have done. */
export async function giveNodes({ store }: TestServer, names: readonly string[]): Promise<void> {
  await store.write(async (tx) => {
    const { id: projectId } = (await findProject(tx, 'default')) as Project
    const cluster = (await findCluster(tx, projectId, 'web'))!
    const pool = (await listPools(tx, cluster.id))[0]!
    const nodes = names.map(
      (name, at): Node => ({
        id: `node-${at}` as NodeId,
        projectId,
        clusterId: cluster.id,
        poolId: pool.id,
        name,
        index: at + 1,
        status: 'Running',
        statusReason: 'runs',
        health: 'Healthy',
        revisionId: pool.committedRevisionId,
        attempt: 1,
        actionId: null,
        physicalId: '1',
        endpoint: { host: '127.0.0.1', port: 1 },
        handle: { secret: 'kept inside' },
        metadata: {},
        data: {},
        drift: null,
        driftReason: null,
        driftAt: null,
        availableSince: 0,
        role: '',
        tainted: false,
        createdBy: 'test',
        firstReadyAt: null,
        moves: 0,
        writtenAtIntent: 0,
        createdAt: 0,
        updatedAt: 0,
      }),
    )
    await putNodes(tx, nodes)
  })
}

/** A bundle whose only difference to others is `text`. */
export function zip(text: string): Buffer {
  return makeZip([{ name: 'start.sh', data: `#!/bin/sh\necho ${text}\n`, mode: 0o100755 }])
}

/** The document is the same for every server of a test file. */
let answerCheck: ReturnType<typeof createAnswerCheck> | undefined

/** Checks that what a route answers is what the document says it answers. */
function createAnswerCheck(document: OpenapiDocument) {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  formats.default(ajv)
  ajv.addSchema(document, 'openapi')
  const paths = Object.keys(document.paths).map((path) => ({
    path,
    pattern: new RegExp(`^${path.replace(/\{[^}]+\}/g, '[^/]+')}$`),
  }))
  return (method: string, url: string, { status, headers, body }: Answer) => {
    const asked = url.split('?')[0] ?? ''
    const found = paths
      .filter(({ pattern }) => pattern.test(asked))
      .sort((a, b) => (b.path.split('{').length > a.path.split('{').length ? -1 : 1))[0]
    const operation = found && document.paths[found.path]?.[method.toLowerCase()]
    if (!found || !operation) return
    assert.ok(
      operation.responses[status],
      `${method} ${found.path} answered ${status}, which is not documented`,
    )
    const kind = headers['content-type']?.split(';')[0]
    if (kind === undefined || !kind.includes('json')) return
    const media = operation.responses[status]?.content?.[kind]
    assert.ok(media, `${method} ${found.path} ${status} answered ${kind}, which is not documented`)
    const pointer = [
      'paths',
      found.path,
      method.toLowerCase(),
      'responses',
      String(status),
      'content',
      kind,
      'schema',
    ]
    const validate = ajv.getSchema(`openapi#/${pointer.map(escapePointer).join('/')}`)
    assert.ok(validate, 'the schema is found')
    assert.ok(
      validate(body),
      `${method} ${url}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(body)}`,
    )
  }
}

interface OpenapiDocument {
  readonly paths: Record<
    string,
    Record<string, { responses: Record<string, { content?: Record<string, unknown> }> }>
  >
}

function escapePointer(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))
}
