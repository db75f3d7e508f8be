import { createHash } from 'node:crypto'
import type { BundleFile } from '../domain/compare-revisions.ts'
import { openArchive } from './archive.ts'

/**
 * The files and symlinks of a zip file with the digests of what they say. The whole of it is unpacked, into nothing.
 * @throws InvalidBundleError when the zip is damaged @throws the signal's reason
 */
export async function fingerprintArchive(zipPath: string, signal?: AbortSignal): Promise<BundleFile[]> {
  const archive = await openArchive(zipPath)
  try {
    const files: BundleFile[] = []
    for await (const { path, kind, sizeBytes, content } of archive.entries()) {
      signal?.throwIfAborted()
      if (kind === 'folder') continue
      const hash = createHash('sha256')
      for await (const chunk of content()) hash.update(chunk)
      files.push({ path, sizeBytes, sha256: hash.digest('hex') })
    }
    return files
  } finally {
    await archive.close()
  }
}
