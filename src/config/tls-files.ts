import { accessSync, constants, statSync } from 'node:fs'
import { InvalidSpecError, messageOf } from '../domain/errors.ts'

/**
 * Looks at certificate and key before anything is started.
 * @throws InvalidSpecError if one cannot be read, or if any user of this machine could read the key
 */
export function checkTlsFiles(tls: { readonly cert: string | null; readonly key: string | null }): void {
  if (tls.cert !== null) checkReadable('tls.cert', tls.cert)
  if (tls.key === null) return
  checkReadable('tls.key', tls.key)
  if ((statSync(tls.key).mode & 0o007) !== 0) {
    throw new InvalidSpecError('tls.key', `${tls.key} is open to every user of this machine; chmod 600 it`)
  }
}

function checkReadable(setting: string, path: string): void {
  try {
    accessSync(path, constants.R_OK)
  } catch (error) {
    throw new InvalidSpecError(setting, `cannot be read: ${messageOf(error)}`, { cause: error })
  }
  if (!statSync(path).isFile()) throw new InvalidSpecError(setting, `${path} is not a file`)
}
