import { createHash, randomBytes } from 'node:crypto'
import type { ApiKeyId } from '../domain/ids.ts'

const SECRET = /^drover_([0-9a-f]{32})_[A-Za-z0-9_-]{43}$/

/** A new API key for a row's id: `drover_<id without dashes>_<32 random bytes, base64url>`. Shown once, never kept. */
export function makeSecret(id: ApiKeyId): string {
  return `drover_${id.replaceAll('-', '')}_${randomBytes(32).toString('base64url')}`
}

const TOKEN = /^drover_token_[A-Za-z0-9_-]{43}$/

/** A new token, which stands for a login: `drover_token_<32 random bytes, base64url>`. Shown once, never kept. */
export function makeToken(): string {
  return `drover_token_${randomBytes(32).toString('base64url')}`
}

/** Whether it looks like a token, true or false. */
export function isToken(secret: string): boolean {
  return TOKEN.test(secret)
}

/** What is kept of an API key or a token: SHA-256, lower-case hexadecimal. 256 random bits need no slow hash. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** The id inside an API key; undefined if that is not what an API key looks like. */
export function idOfSecret(secret: string): ApiKeyId | undefined {
  const hex = SECRET.exec(secret)?.[1]
  return hex?.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') as ApiKeyId | undefined
}
