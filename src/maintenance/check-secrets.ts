import { messageOf } from '../domain/errors.ts'
import { requireSecretKeys } from '../secrets/admit-keys.ts'
import { readKeyFile, type SecretKeys } from '../secrets/key-file.ts'
import { createKeyring } from '../secrets/keyring.ts'
import { findUnreadable } from '../store/reseal.ts'
import { listSecretKeys } from '../store/secret-keys.ts'
import type { Store } from '../store/store.ts'
import type { MaintenanceDeps } from './maintenance.ts'
import type { Finding } from './report.ts'

/** The migration since which there are sealed secrets. */
const SINCE = 8
const MOST_SHOWN = 20

/** Looks whether every secret can be opened with the keys that a server would have. */
export async function checkSecrets(
  { config }: MaintenanceDeps,
  store: Store,
  applied: readonly { readonly number: number }[],
): Promise<Finding[]> {
  if (!applied.some(({ number }) => number === SINCE)) return []
  const known = await store.read(listSecretKeys)
  if (known.length === 0) return []
  const { key, keyFile } = config.secret
  const given = key.length > 0 ? key : readKeyFile(keyFile)
  if (!given) {
    const ids = known.map(({ id }) => id).join(', ')
    const what = `there is no ${keyFile}, and secrets in the database are sealed with ${ids}`
    return [{ severity: 'problem', what, remedy: PUT_BACK }]
  }
  const keys: SecretKeys = {
    keyring: createKeyring(given),
    source: key.length > 0 ? 'secret.key' : keyFile,
    madeFile: null,
  }
  try {
    requireSecretKeys(known, keys)
  } catch (error) {
    return [{ severity: 'problem', what: messageOf(error), remedy: PUT_BACK }]
  }
  const unreadable = await findUnreadable(store, keys.keyring, MOST_SHOWN)
  return unreadable.map((what): Finding => ({ severity: 'problem', what, remedy: MAKE_ANEW }))
}

const PUT_BACK =
  'put the file of the key back, or give the key as DROVER_SECRET_KEY (docs/operations.md, Secrets)'
const MAKE_ANEW = 'restore a backup in which it can be read, or make the thing anew'
