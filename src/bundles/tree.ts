import { InvalidBundleError } from '../domain/errors.ts'
import { quote } from './entry-path.ts'

export type EntryKind = 'file' | 'folder' | 'link'

/**
 * The paths of a bundle as they would lie on a disk, built up entry by entry. It refuses what no disk can hold,
 * or what two unpackers would understand in two ways: a path that comes twice, a file or a symlink that is
 * also somebody's parent folder.
 */
export class BundleTree {
  readonly #maxEntries: number
  /** `implied`: a folder nobody listed, but something lies in it. */
  readonly #kinds = new Map<string, EntryKind | 'implied'>()

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries
  }

  /**
   * @param path as `toEntryPath` gives it
   * @throws InvalidBundleError if the entry collides with one that was added before, or is one too many
   */
  add(path: string, kind: EntryKind): void {
    if (path === '') {
      if (kind !== 'folder') throw refuse('.', 'the root of the bundle must be a folder')
      return
    }
    const known = this.#kinds.get(path)
    if (known === 'implied') {
      if (kind === 'link') throw refuse(path, 'other entries would be written through this symlink')
      if (kind === 'file') throw refuse(path, 'it is a file here, and a folder for other entries')
    } else if (known !== undefined) {
      throw refuse(path, 'the bundle contains this path twice')
    }
    this.#set(path, kind)
    this.#addParents(path)
  }

  paths(kind: EntryKind): string[] {
    return [...this.#kinds].filter(([, known]) => known === kind).map(([path]) => path)
  }

  #addParents(path: string): void {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const parent = path.slice(0, end)
      const kind = this.#kinds.get(parent)
      if (kind === 'file') throw refuse(path, `its folder ${quote(parent)} is a file`)
      if (kind === 'link') throw refuse(path, `it would be written through the symlink ${quote(parent)}`)
      if (kind !== undefined) return
      this.#set(parent, 'implied')
    }
  }

  // Implied folders count too: a few long paths would otherwise make millions of folders.
  #set(path: string, kind: EntryKind | 'implied'): void {
    this.#kinds.set(path, kind)
    if (this.#kinds.size > this.#maxEntries) throw tooManyEntries(this.#maxEntries)
  }
}

/** The refusal of a bundle with more entries than the limit. */
export function tooManyEntries(maxEntries: number): InvalidBundleError {
  return new InvalidBundleError(`the bundle has more than ${maxEntries} files and folders, the limit`)
}

function refuse(path: string, rule: string): InvalidBundleError {
  return new InvalidBundleError(`entry ${quote(path)}: ${rule}`)
}
