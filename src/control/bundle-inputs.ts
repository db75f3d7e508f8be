import type { Readable } from 'node:stream'
import type { JsonObject } from '../domain/ids.ts'

export interface PublishBundleInput {
  /** The zip: a stream of it, or the path of a file on this machine. */
  readonly content: { readonly stream: Readable } | { readonly path: string }
  /** Default: the manifest's. */
  readonly name?: string
  /** Default: the manifest's, else the first 12 characters of the digest. */
  readonly version?: string
  readonly description?: string
  /** Default `{ kind: 'upload' }`, or `{ kind: 'file', path }`. */
  readonly source?: JsonObject
  readonly signal?: AbortSignal
  /**
   * The zip is what another deployer exported, in a file of that name: what neither input nor manifest says, its label says,
   * else the file's name.
   */
  readonly exportedAs?: string
  /** Refuse it also when the same bytes have that name and version already. */
  readonly mustBeNew?: boolean
}

export interface FetchBundleInput {
  readonly bucket: string
  readonly key: string
  /** Default: the newest. */
  readonly objectVersion?: string | undefined
  /** Default: the manifest's, else the last part of the key. */
  readonly name?: string | undefined
  /** Default: the manifest's, else the first 12 characters of the digest; made unique if other bytes have it. */
  readonly version?: string | undefined
  readonly description?: string | undefined
}

export interface BundleListFilter {
  readonly name?: string
  readonly digest?: string
}
