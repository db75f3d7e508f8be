import { existsSync } from 'node:fs'
import { DroverError, InvalidSpecError } from '../domain/errors.ts'
import { admitSecretKeys } from '../secrets/admit-keys.ts'
import { readKeyFile, replaceKeyFile, type SecretKeys } from '../secrets/key-file.ts'
import { createKeyring, makeSecretKey } from '../secrets/keyring.ts'
import { isPostgresUrl } from '../store/postgres/address.ts'
import { resealAll } from '../store/reseal.ts'
import { completeSecretKey } from '../store/secret-keys.ts'
import { compactDatabaseFile } from '../store/sqlite/offline.ts'
import type { Store } from '../store/store.ts'
import { keepServersAway, openReader, openWriter, requireOwnSchema } from './databases.ts'
import type { MaintenanceDeps } from './maintenance.ts'
import type { RotationReport } from './report.ts'

/**
 * {@link Maintenance.rotateSecrets}. Each step leaves what the next one, or a server, can go on from: the new key is in
 * the file before anything is sealed with it, and the old one until nothing is sealed by it.
 */
export async function rotateSecrets(deps: MaintenanceDeps): Promise<RotationReport> {
  const { config, log } = deps
  const reader = await openReader(config, log)
  const release = await keepServersAway(config, reader).finally(() => reader.close())
  try {
    const before = config.secret.key.length > 0 ? config.secret.key : requireKeyFile(config.secret.keyFile)
    const { keys, source } = config.secret.key.length > 0 ? takeGiven(before) : addNew(deps, before)
    const keyring = createKeyring(keys)
    const store = await openWriter(config, log, keyring)
    try {
      await requireOwnSchema(store, config)
      const { sealed } = await seal(store, { keyring, source, madeFile: null }, deps.signal)
      if (config.secret.key.length === 0) replaceKeyFile(config.secret.keyFile, keys.slice(0, 1))
      return { keyId: keyring.current, retired: keyring.ids.slice(1), sealed, source }
    } finally {
      await store.close()
      // What was written over may still stand in pages that are free.
      if (!isPostgresUrl(config.database)) compactDatabaseFile(config.database)
    }
  } finally {
    release()
  }
}

async function seal(
  store: Store,
  keys: SecretKeys,
  signal: AbortSignal,
): Promise<{ readonly sealed: number }> {
  const { current } = keys.keyring
  await admitSecretKeys(store, keys, Date.now())
  try {
    const { sealed } = await resealAll(store, current, signal)
    await store.write((tx) => completeSecretKey(tx, current))
    return { sealed }
  } catch (error) {
    if (!signal.aborted) throw error
    throw new DroverError(
      'cancelled',
      'interrupted; every secret can be read, some by the old key and some by the new one: run this again to finish',
      { cause: error },
    )
  }
}

interface Chosen {
  /** The one that is to seal first. */
  readonly keys: readonly string[]
  readonly source: string
}

/** Those of the environment or the settings file are other people's to change. */
function takeGiven(keys: readonly string[]): Chosen {
  return { keys, source: 'secret.key (DROVER_SECRET_KEY)' }
}

/** A new key in front; or those that a rotation has left that was broken off. */
function addNew({ config }: MaintenanceDeps, before: readonly string[]): Chosen {
  const { keyFile: source } = config.secret
  if (before.length > 1) return { keys: before, source }
  const keys = [makeSecretKey(), ...before]
  replaceKeyFile(source, keys)
  return { keys, source }
}

function requireKeyFile(file: string): readonly string[] {
  const keys = existsSync(file) ? readKeyFile(file) : undefined
  if (keys) return keys
  throw new InvalidSpecError('secret.keyFile', `${file} is not there: name the data folder with --data`)
}
