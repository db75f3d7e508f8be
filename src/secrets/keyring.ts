import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { DroverError } from '../domain/errors.ts'
import { isSealed, SEALED_PREFIX, type Sealer } from '../domain/sealer.ts'

const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
const CIPHER = 'aes-256-gcm'

/** Keys by which secrets are sealed: the first one seals, all of them open. */
export interface Keyring extends Sealer {
  /** The id of the key that seals. */
  readonly current: string
  /** Of all keys, the one that seals first. */
  readonly ids: readonly string[]
}

/** A new key, 32 random bytes in base64. */
export function makeSecretKey(): string {
  return randomBytes(KEY_BYTES).toString('base64')
}

/**
 * The id of a key: it follows from the key, so that all servers call it the same, and tells nothing of it.
 * @returns 16 hexadecimal digits
 */
export function idOfSecretKey(key: string): string {
  return createHash('sha256').update('drover secret key\n').update(readKey(key)).digest('hex').slice(0, 16)
}

/** Whether a text is a key: base64 of 32 bytes. */
export function isSecretKey(text: string): boolean {
  return /^[A-Za-z0-9+/]{43}=$/.test(text)
}

/**
 * AES-256-GCM with a random nonce for each text: `sealed:1:<key id>:<nonce, ciphertext and tag in base64url>`. Format,
 * key id and context are authenticated with it, so that a text which was put into another row, or came with another
 * key's id, does not open.
 * @param keys in base64, at least one
 */
export function createKeyring(keys: readonly string[]): Keyring {
  const byId = new Map(keys.map((key) => [idOfSecretKey(key), readKey(key)]))
  const ids = [...byId.keys()]
  const [current] = ids
  if (current === undefined) throw new Error('a keyring needs a key')
  const currentKey = byId.get(current)!
  const head = `${SEALED_PREFIX}${current}:`

  return {
    current,
    ids,
    seal(text, context) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv(CIPHER, currentKey, nonce)
      cipher.setAAD(Buffer.from(head + context))
      const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return head + sealed.toString('base64url')
    },
    open(text, context) {
      if (!isSealed(text)) return text
      const [, , id = '', body = ''] = text.split(':')
      const key = byId.get(id)
      if (!key) throw unreadable(context, `it was sealed by the key ${id}, which this server does not have`)
      const bytes = Buffer.from(body, 'base64url')
      if (bytes.length < NONCE_BYTES + TAG_BYTES) throw unreadable(context, 'it was cut short')
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES))
      decipher.setAAD(Buffer.from(`${SEALED_PREFIX}${id}:${context}`))
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
      try {
        const opened = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES))
        return Buffer.concat([opened, decipher.final()]).toString('utf8')
      } catch (cause) {
        throw unreadable(context, 'it was changed, or stood in another row', cause)
      }
    },
  }
}

function readKey(key: string): Buffer {
  return Buffer.from(key, 'base64')
}

function unreadable(context: string, reason: string, cause?: unknown): DroverError {
  return new DroverError('secret_unreadable', `the secret at ${context} cannot be opened: ${reason}`, {
    cause,
  })
}
