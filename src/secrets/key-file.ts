import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { InvalidSpecError, messageOf } from '../domain/errors.ts'
import { createKeyring, isSecretKey, type Keyring, makeSecretKey } from './keyring.ts'

/** Where a server's keys come from. */
export interface KeySource {
  /** From the environment or the settings file; none: those of the file count. */
  readonly given: readonly string[]
  /** A key in each line, the one that seals first. Made with a new key if it is not there. */
  readonly file: string
}

/** The keys that a server has. */
export interface SecretKeys {
  readonly keyring: Keyring
  /** Where they are, for messages. */
  readonly source: string
  /** The file that was made just now; null if nothing had to be made. */
  readonly madeFile: string | null
}

/**
 * The keys that were given, else those of the file, else a new one in that file.
 * @throws InvalidSpecError when the file is not one of keys, or others may read it
 */
export function takeSecretKeys({ given, file }: KeySource): SecretKeys {
  if (given.length > 0) {
    return { keyring: createKeyring(given), source: 'secret.key (DROVER_SECRET_KEY)', madeFile: null }
  }
  const keys = readKeyFile(file)
  if (keys) return { keyring: createKeyring(keys), source: file, madeFile: null }
  try {
    const made = makeSecretKey()
    mkdirSync(dirname(file), { recursive: true })
    makeKeyFile(file, [made])
    return { keyring: createKeyring([made]), source: file, madeFile: file }
  } catch (error) {
    // Two servers may begin with one folder.
    const keys = (error as NodeJS.ErrnoException).code === 'EEXIST' ? readKeyFile(file) : undefined
    if (keys) return { keyring: createKeyring(keys), source: file, madeFile: null }
    throw new InvalidSpecError('secret.keyFile', messageOf(error), { cause: error })
  }
}

/**
 * The keys of a file, the one that seals first; undefined if there is no such file.
 * @throws InvalidSpecError
 */
export function readKeyFile(file: string): readonly string[] | undefined {
  const text = readIfThere(file)
  if (text === undefined) return undefined
  if ((statSync(file).mode & 0o007) !== 0) {
    throw new InvalidSpecError(
      'secret.keyFile',
      `${file} is open to every user of this machine; chmod 600 it`,
    )
  }
  const keys = text.split('\n').filter((line) => line.trim() !== '')
  if (keys.length > 0 && keys.every(isSecretKey)) return keys
  throw new InvalidSpecError('secret.keyFile', `${file} must have a key in each line, 32 bytes in base64`)
}

/** Puts these keys in the place of those that a file has, so that a crash leaves the one or the other. */
export function replaceKeyFile(file: string, keys: readonly string[]): void {
  renameSync(writeBeside(file, keys), file)
  syncFolder(dirname(file))
}

/** Never half a file, and never another one's in its place. @throws EEXIST */
function makeKeyFile(file: string, keys: readonly string[]): void {
  const temporary = writeBeside(file, keys)
  try {
    linkSync(temporary, file)
  } finally {
    rmSync(temporary)
  }
  syncFolder(dirname(file))
}

/** Only its owner can read it, from its first byte on. @returns the path of the new file */
function writeBeside(file: string, keys: readonly string[]): string {
  const temporary = `${file}.${randomBytes(8).toString('hex')}.tmp`
  const descriptor = openSync(temporary, 'wx', 0o600)
  try {
    writeSync(descriptor, `${keys.join('\n')}\n`)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  return temporary
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new InvalidSpecError('secret.keyFile', messageOf(error), { cause: error })
  }
}
