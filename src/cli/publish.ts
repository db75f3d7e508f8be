import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { parse as parseYaml } from 'yaml'
import { packFolder } from '../bundles/pack.ts'
import { bundleNameOf } from '../domain/bundle-name.ts'
import { DroverError, messageOf } from '../domain/errors.ts'
import { parseObjectUrl } from '../domain/object-name.ts'
import { CliError, UsageError } from './cli-error.ts'
import type { Query } from './client.ts'
import { EXIT } from './exit-codes.ts'
import type { BundleResource } from './resources.ts'
import type { Session } from './session.ts'
import { byteSize } from './time.ts'

export interface PublishOptions {
  readonly name?: string | undefined
  readonly bundleVersion?: string | undefined
  readonly description?: string | undefined
  readonly objectVersion?: string | undefined
}

/** Publishes whatever `path` names: an object of a bucket by its `s3://` URL, else a folder or a zip file. */
export async function publishAnything(
  session: Session,
  path: string,
  options: PublishOptions,
): Promise<BundleResource> {
  if (!path.startsWith('s3://')) {
    if (options.objectVersion === undefined) return await publishBundle(session, path, options)
    throw new UsageError('--object-version is for an object of a bucket', 'name one like s3://bucket/key')
  }
  const object = readObjectUrl(path)
  const { bundleVersion: version, objectVersion, name, description } = options
  session.output.note(`fetching ${path}; it goes on if you leave`)
  const body = { ...object, objectVersion, name, version, description }
  for (;;) {
    const answer = await session.client.post<BundleResource | StillFetching>(
      session.inProject`/bundles/fetch`,
      body,
    )
    if (!('because' in answer)) return answer
  }
}

/** @throws UsageError for anything but `s3://bucket/key` */
export function readObjectUrl(url: string): { readonly bucket: string; readonly key: string } {
  const object = parseObjectUrl(url)
  if (object === null || object.key === '')
    throw new UsageError(`${url} names no object`, 'write s3://bucket/key')
  return object
}

/** The server waits as well before it says so: nobody has to pause. */
interface StillFetching {
  readonly because: string
}

/**
 * Publishes a folder, which is packed on its way, or a zip file. Name and version default to what the
 * manifest says; then to the folder's or file's name, and to the first 12 characters of the digest.
 * @throws UsageError if there is no such folder or file; CliError `refused` for what no bundle may contain
 */
export async function publishBundle(
  session: Session,
  path: string,
  options: PublishOptions,
): Promise<BundleResource> {
  const name = options.name ?? (await defaultBundleName(path))
  const query = { name, version: options.bundleVersion, description: options.description }
  return await uploadZip(session, path, session.inProject`/bundles`, query)
}

/**
 * The name that a folder or a zip file is published under when nobody says one: a folder's manifest's, else its own.
 * @throws UsageError if there is no such folder or file
 */
export async function defaultBundleName(path: string): Promise<string> {
  const name = (await readManifest(path))?.['name']
  return name === undefined ? bundleNameOf(resolve(path)) : String(name)
}

/** What a bundle says about itself, before somebody has checked it. */
export type Manifest = Readonly<Record<string, unknown>>

/**
 * The manifest of a folder; null if it has none. Undefined where only the server can tell: in a zip file, and for one that is
 * malformed, of which it says what is wrong.
 * @throws UsageError if there is no such folder or file
 */
export async function readManifest(path: string): Promise<Manifest | null | undefined> {
  if (!(await checkPath(path))) return undefined
  for (const file of ['drover.yaml', 'drover.yml']) {
    try {
      const manifest: unknown = parseYaml(await readFile(join(path, file), 'utf8')) ?? {}
      return typeof manifest === 'object' && !Array.isArray(manifest) ? (manifest as Manifest) : undefined
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) return undefined
    }
  }
  return null
}

/**
 * Sends a zip file, or a folder that is packed on its way.
 * @throws UsageError if there is no such folder or file; CliError `refused` for what no bundle may contain
 */
export async function uploadZip<T>(session: Session, path: string, to: string, query: Query): Promise<T> {
  const isFolder = await checkPath(path)
  const open = isFolder ? () => openFolder(path) : () => openFile(path)
  let failure: unknown
  const progress = uploadProgress(session, basename(resolve(path)))
  try {
    return await session.client.upload<T>(to, query, async () => {
      const source = await open()
      // Its error breaks the request, and would be reported as the network's.
      source.stream.on('error', (error) => {
        failure = error
      })
      progress.count(source.stream, source.totalBytes)
      return { stream: source.stream, sizeBytes: source.sizeBytes }
    })
  } catch (error) {
    throw toCliError(failure ?? error, path)
  } finally {
    progress.end()
  }
}

interface Source {
  readonly stream: Readable
  /** Of what is sent; null when only sending it will tell. */
  readonly sizeBytes: number | null
  /** For the progress; the packed size is not known beforehand. */
  readonly totalBytes: number | null
}

async function openFolder(folder: string): Promise<Source> {
  const { stream } = await packFolder(folder)
  return { stream, sizeBytes: null, totalBytes: null }
}

async function openFile(file: string): Promise<Source> {
  const { size } = await stat(file)
  return { stream: createReadStream(file), sizeBytes: size, totalBytes: size }
}

async function checkPath(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${messageOf(error)}`)
  }
}

function toCliError(error: unknown, path: string): unknown {
  if (error instanceof CliError) return error
  if (error instanceof DroverError) return new CliError(EXIT.refused, error.message, { cause: error })
  return new CliError(EXIT.unexpected, `cannot read ${path}: ${messageOf(error)}`, { cause: error })
}

/** Says on a terminal's standard error how much was sent. */
function uploadProgress(session: Session, what: string) {
  const { stderr, clock } = session.io
  const isShown = stderr.isTTY === true && session.output.format === 'table'
  let shownAt = 0
  return {
    count(stream: Readable, totalBytes: number | null): void {
      if (!isShown) return
      let sent = 0
      stream.on('data', (chunk: Uint8Array) => {
        sent += chunk.length
        if (clock.now() - shownAt < 100) return
        shownAt = clock.now()
        const part =
          totalBytes === null
            ? byteSize(sent)
            : `${Math.floor((sent / totalBytes) * 100)}% of ${byteSize(totalBytes)}`
        stderr.write(`\r\u001b[KUploading ${what}: ${part}`)
      })
    },
    end(): void {
      if (shownAt > 0) stderr.write('\r\u001b[K')
    },
  }
}
