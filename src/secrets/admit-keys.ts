import { rmSync } from 'node:fs'
import { DroverError } from '../domain/errors.ts'
import type { EpochMs } from '../domain/ids.ts'
import { insertSecretKey, type KnownSecretKey, listSecretKeys } from '../store/secret-keys.ts'
import type { Store } from '../store/store.ts'
import type { SecretKeys } from './key-file.ts'
import type { Keyring } from './keyring.ts'

/** What is sealed to show that a key is the right one. */
const PROOF = 'drover'

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
    requireKeys(known, keys)
    if (known.some(({ id }) => id === keyring.current)) return
    await store.write(async (tx) => {
      // Two servers may begin with one new database.
      const known = await listSecretKeys(tx)
      requireKeys(known, keys)
      if (known.some(({ id }) => id === keyring.current)) return
      await insertSecretKey(tx, { ...proveKey(keyring), createdAt: now })
    })
  } catch (error) {
    if (madeFile !== null) rmSync(madeFile, { force: true })
    throw error
  }
}

function proveKey(keyring: Keyring): Pick<KnownSecretKey, 'id' | 'proof'> {
  return { id: keyring.current, proof: keyring.seal(PROOF, contextOf(keyring.current)) }
}

function requireKeys(known: readonly KnownSecretKey[], { keyring, source }: SecretKeys): void {
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
