import { followPath, type Links } from './symlinks.ts'

/** Which files a bundle has, in a form that is read fast. Kept as JSON beside the zip. */
export interface Listing {
  readonly files: ReadonlySet<string>
  readonly links: Links
}

/** Whether the path is a regular file, symlinks on the way followed. Paths that leave the bundle are none. */
export function containsFile({ files, links }: Listing, path: string): boolean {
  if (path.startsWith('/') || path.endsWith('/')) return false
  const place = followPath(path, links)
  return place !== undefined && files.has(place)
}

export function toListing({
  files,
  links,
}: {
  readonly files: readonly string[]
  readonly links: Links
}): Listing {
  return { files: new Set(files), links }
}

export function listingToJson(listing: Listing): string {
  return JSON.stringify({ version: 1, files: [...listing.files], links: [...listing.links] })
}

/** Undefined for anything but what `listingToJson` of this version wrote: it is made again then. */
export function listingFromJson(text: string): Listing | undefined {
  try {
    const { version, files, links } = JSON.parse(text) as {
      version: number
      files: string[]
      links: [string, string][]
    }
    return version === 1 ? { files: new Set(files), links: new Map(links) } : undefined
  } catch {
    return undefined
  }
}
