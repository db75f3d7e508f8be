import { access, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ApiKeyId, EventId, ProjectId } from '../domain/ids.ts'
import type { ApiKey } from '../domain/principal.ts'
import { countApiKeys, findApiKeyByName, insertApiKey, revokeApiKey } from '../store/api-keys.ts'
import { insertEvents } from '../store/events.ts'
import { findProject, insertProject } from '../store/projects.ts'
import type { Store, Tx } from '../store/store.ts'
import type { Clock } from '../system/clock.ts'
import type { Ids } from '../system/ids.ts'
import type { Log } from '../system/log.ts'
import { hashSecret, makeSecret } from './secret.ts'

/** The name of the first key, and of the one that a reset makes. */
const ADMINISTRATOR = 'admin'
const DEFAULT_PROJECT = 'default'
/** How the program signs what it does by itself. */
const SELF = 'drover'

export interface AdministratorDeps {
  readonly store: Store
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
}

export interface AdministratorOptions {
  /** Where the key is written, readable by its owner only. */
  readonly file: string
  /** Revokes the administrator's key, if there is one, and makes another. */
  readonly reset?: boolean
}

/**
 * Sees to it that somebody can administer a new database: at the first start it makes the project `default` and an
 * API key that may do everything, and writes the key to a file. Later it does nothing, unless a reset is asked for.
 *
 * @returns whether a key was made
 */
export async function ensureAdministrator(
  deps: AdministratorDeps,
  { file, reset = false }: AdministratorOptions,
): Promise<boolean> {
  await ensureDefaultProject(deps)
  const isNew = (await deps.store.read(countApiKeys)) === 0
  if (!isNew && !reset) {
    await sayIfGone(deps.log, file)
    return false
  }
  const key: ApiKey = {
    id: deps.ids.next<ApiKeyId>(),
    name: ADMINISTRATOR,
    grants: [{ projectId: '*', role: 'administrator' }],
    groups: [],
    createdAt: deps.clock.now(),
    createdBy: SELF,
    expiresAt: null,
    revokedAt: null,
  }
  const secret = makeSecret(key.id)
  const temporary = `${file}.${key.id}.tmp`
  await writeOwnersFile(temporary, `${secret}\n`)
  try {
    const made = await deps.store.write(async (tx) => {
      // Two processes may start on one new database.
      if (!reset && (await countApiKeys(tx)) > 0) return false
      await replaceKey(deps, tx, key, hashSecret(secret))
      return true
    })
    if (!made) return false
    await rename(temporary, file)
    await syncFolder(dirname(file))
  } finally {
    await rm(temporary, { force: true })
  }
  deps.log.info({ file }, "wrote a new administrator's API key to this file")
  return true
}

async function ensureDefaultProject({ store, clock, ids }: AdministratorDeps): Promise<void> {
  if (await store.read((tx) => findProject(tx, DEFAULT_PROJECT))) return
  await store.write(async (tx) => {
    if (await findProject(tx, DEFAULT_PROJECT)) return
    await insertProject(tx, { id: ids.next<ProjectId>(), name: DEFAULT_PROJECT, createdAt: clock.now() })
  })
}

async function replaceKey(
  { ids }: AdministratorDeps,
  tx: Tx,
  key: ApiKey,
  secretHash: string,
): Promise<void> {
  const earlier = await findApiKeyByName(tx, key.name)
  if (earlier) await revokeApiKey(tx, earlier.id, key.createdAt)
  await insertApiKey(tx, key, secretHash)
  await insertEvents(tx, [
    {
      id: ids.next<EventId>(),
      at: key.createdAt,
      level: 'info',
      type: 'apiKey.created',
      projectId: null,
      clusterId: null,
      nodeId: null,
      updateId: null,
      actionId: null,
      principal: SELF,
      because: earlier
        ? "a reset of the administrator's API key was asked for at the start; the one before is revoked"
        : 'the database is new and needs an administrator',
      data: { apiKey: key.id },
    },
  ])
}

/** Only its owner can read it, from its first byte on. */
async function writeOwnersFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  // `wx` is O_EXCL: whatever somebody else put there, a symlink say, is not written to.
  const handle = await open(path, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function sayIfGone(log: Log, file: string): Promise<void> {
  try {
    await access(file)
  } catch {
    log.info(
      { file },
      "the administrator's API key is not in its file any more; if it is lost, make a new one with: drover serve --reset-admin-key",
    )
  }
}
