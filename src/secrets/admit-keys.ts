import { rmSync } from 'node:fs'
import { DroverError } from '../domain/errors.ts'
import type { EpochMs } from '../domain/ids.ts'
import { resealAll } from '../store/reseal.ts'
import {
  completeSecretKey,
  insertSecretKey,
  type KnownSecretKey,
  listSecretKeys,
} from '../store/secret-keys.ts'
import type { Store } from '../store/store.ts'
import type { Log } from '../system/log.ts'
import type { SecretKeys } from './key-file.ts'
import type { Keyring } from './keyring.ts'

/** What is sealed to show that a key is the right one. */
const PROOF = 'drover'

/**
 * What a server does at its start: {@link admitSecretKeys}, and then {@link sealPlainSecrets}.
 * @throws DroverError `secret_unreadable`
 */
export async function prepareSecrets(
  store: Store,
  keys: SecretKeys,
  { now, log }: { now(): EpochMs; readonly log: Log },
): Promise<void> {
  const { source: file } = keys
  await admitSecretKeys(store, keys, now())
  if (keys.madeFile !== null)
    log.info({ file }, 'made the key that secrets are sealed with; keep a copy of it')
  const sealed = await sealPlainSecrets(store, keys)
  if (sealed === null)
    log.warn({ file }, 'secrets may be sealed by an older key still; run: drover secrets rotate')
  else if (sealed > 0) log.info({ rows: sealed }, 'sealed secrets that were stored as they were')
}

/**
 * Sees to it that a server can open whatever the database has sealed, before it begins: the database knows the keys that
 * were used, and gets to know the one that will be.
 * @throws DroverError `secret_unreadable` when it needs a key that the server does not have. A key file that was made for
 *   nothing is taken away again
 */
export async function admitSecretKeys(store: Store, keys: SecretKeys, now: EpochMs): Promise<void> {
  const { keyring, madeFile } = keys
  try {
    const known = await store.read(listSecretKeys)
    requireSecretKeys(known, keys)
    if (known.some(({ id }) => id === keyring.current)) return
    await store.write(async (tx) => {
      // Two servers may begin with one new database.
      const known = await listSecretKeys(tx)
      requireSecretKeys(known, keys)
      if (known.some(({ id }) => id === keyring.current)) return
      await insertSecretKey(tx, { ...proveKey(keyring), createdAt: now })
    })
  } catch (error) {
    if (madeFile !== null) rmSync(madeFile, { force: true })
    throw error
  }
}

/**
 * Seals what an earlier Drover wrote as it was, once. What is sealed by an older key is left to `drover secrets rotate`.
 * @returns rows that were sealed; null while there are older keys
 */
export async function sealPlainSecrets(store: Store, { keyring }: SecretKeys): Promise<number | null> {
  const known = await store.read(listSecretKeys)
  if (known.some(({ id }) => id !== keyring.current)) return null
  if (known.every(({ complete }) => complete)) return 0
  const { sealed } = await resealAll(store, keyring.current)
  await store.write((tx) => completeSecretKey(tx, keyring.current))
  return sealed
}

function proveKey(keyring: Keyring): Pick<KnownSecretKey, 'id' | 'proof'> {
  return { id: keyring.current, proof: keyring.seal(PROOF, contextOf(keyring.current)) }
}

/**
 * Checks that a server has every key that the database knows, and the right ones.
 * @throws DroverError `secret_unreadable`
 */
export function requireSecretKeys(known: readonly KnownSecretKey[], { keyring, source }: SecretKeys): void {
  const lacking = known.find(({ id }) => !keyring.ids.includes(id))
  if (lacking) {
    throw new DroverError(
      'secret_unreadable',
      `the database has secrets that were sealed with key ${lacking.id}, and this server has ` +
        `${keyring.ids.join(', ')} (from ${source}): give it that key, by its file (secret.keyFile) or as ` +
        'DROVER_SECRET_KEY. Servers that share a database must have the same',
    )
  }
  for (const { id, proof } of known) keyring.open(proof, contextOf(id))
}

function contextOf(id: string): string {
  return `secret_keys.proof:${id}`
}
