import { createHash } from 'node:crypto'
import { InvalidSpecError } from '../../domain/errors.ts'
import { loadSsh2 } from './load-ssh2.ts'

const FINGERPRINT = /^SHA256:[A-Za-z0-9+/]{43}=?$/
const PUBLIC_KEY = /^([a-z0-9@.-]+) ([A-Za-z0-9+/]+={0,2})( .*)?$/

/**
 * Checks a private key and the passphrase it needs. Nothing of them is in the error.
 * @throws InvalidSpecError naming the field
 */
export function checkPrivateKey(field: string, privateKey: string, passphrase: string | null): void {
  const key = loadSsh2().utils.parseKey(privateKey, passphrase ?? undefined)
  if (key instanceof Error) {
    const isLocked = /encrypted|passphrase|decrypt|integrity/i.test(key.message)
    const rule = isLocked
      ? 'cannot be unlocked: give its passphrase'
      : 'must be a private key in PEM or OpenSSH format'
    throw new InvalidSpecError(field, rule)
  }
}

/**
 * Checks a host's key as people write it down.
 * @throws InvalidSpecError naming the field
 */
export function checkHostKey(field: string, given: string): void {
  if (FINGERPRINT.test(given) || PUBLIC_KEY.test(given)) return
  throw new InvalidSpecError(
    field,
    'must be a line as ssh-keyscan prints it, without the host ("ssh-ed25519 AAAA…"), or a fingerprint ("SHA256:…")',
  )
}

/** The line that stands for a key, as in a known_hosts file: its type and base64. */
export function toKeyLine(key: Buffer): string {
  const typeLength = key.readUInt32BE(0)
  return `${key.toString('latin1', 4, 4 + typeLength)} ${key.toString('base64')}`
}

/** `SHA256:…`, as every SSH program prints it. */
export function fingerprintOf(line: string): string {
  if (line.startsWith('SHA256:')) return line.replace(/=+$/, '')
  const key = Buffer.from(line.split(' ')[1] ?? '', 'base64')
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

/** The algorithms by which a host proves a key of that type; undefined for a fingerprint, which does not tell. */
export function algorithmsOf(line: string): readonly string[] | undefined {
  if (line.startsWith('SHA256:')) return undefined
  const type = line.split(' ')[0] as string
  return type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [type]
}

/** Whether both are the same key: lines, or the fingerprint of one. */
export function isSameKey(one: string, other: string): boolean {
  return fingerprintOf(one) === fingerprintOf(other)
}
