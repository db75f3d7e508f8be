import { chmod, mkdir, open, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type ArchiveEntry, openArchive } from './archive.ts'
import { syncFolder } from './folders.ts'

// Small files are written side by side: each waits for the disk, whose journal takes many in one go.
const PARALLEL_WRITES = 16
const SMALL_FILE_BYTES = 256 * 1024

/**
 * Unpacks a bundle that was inspected before into a folder it makes, durably and for reading only: folders 0555,
 * files 0444, or 0555 if the zip says they can be executed. Symlinks come last, so that nothing is ever written
 * through one. On failure what is there is left to the caller.
 */
export async function unpackArchive(zipPath: string, folder: string, signal: AbortSignal): Promise<void> {
  const archive = await openArchive(zipPath)
  const writes = new Set<Promise<void>>()
  try {
    const folders = new Set<string>()
    const links: { readonly path: string; readonly target: string }[] = []
    await mkdir(folder)
    for await (const entry of archive.entries()) {
      signal.throwIfAborted()
      if (entry.kind === 'link') {
        links.push({ path: entry.path, target: (await readAll(entry)).toString() })
      } else if (entry.kind === 'folder') {
        await makeFolders(folder, entry.path, folders)
      } else {
        await makeFolders(folder, parentOf(entry.path), folders)
        const small = entry.sizeBytes <= SMALL_FILE_BYTES
        const content = small ? [await readAll(entry)] : entry.content()
        const write = writeFile(join(folder, entry.path), content, entry.executable, signal)
        writes.add(write)
        const settled = write.then(
          () => writes.delete(write),
          // It stays in the set, and is thrown below.
          () => {},
        )
        // A large file streams from the archive, which gives one entry at a time.
        if (!small) await settled
        if (writes.size >= PARALLEL_WRITES) await Promise.race(writes)
      }
    }
    for (const link of links) {
      await makeFolders(folder, parentOf(link.path), folders)
      await symlink(link.target, join(folder, link.path))
    }
    await Promise.all(writes)
    for (const path of [...folders].sort().reverse()) await seal(join(folder, path))
    await seal(folder)
  } finally {
    await Promise.allSettled(writes)
    await archive.close()
  }
}

async function writeFile(
  path: string,
  content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  executable: boolean,
  signal: AbortSignal,
): Promise<void> {
  // Exclusive: two names that are one on this file system (`A` and `a` on some) end it instead of mixing up.
  const handle = await open(path, 'wx', executable ? 0o555 : 0o444)
  try {
    for await (const chunk of content) {
      signal.throwIfAborted()
      await handle.writeFile(chunk)
    }
    // Again, as the umask may have taken from it.
    await handle.chmod(executable ? 0o555 : 0o444)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function readAll(entry: ArchiveEntry): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of entry.content()) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function makeFolders(root: string, path: string, made: Set<string>): Promise<void> {
  if (path === '' || made.has(path)) return
  await makeFolders(root, parentOf(path), made)
  await mkdir(join(root, path), 0o700)
  made.add(path)
}

async function seal(folder: string): Promise<void> {
  await syncFolder(folder)
  await chmod(folder, 0o555)
}

function parentOf(path: string): string {
  const parent = dirname(path)
  return parent === '.' ? '' : parent
}
