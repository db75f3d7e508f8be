import { chmod, type FileHandle, mkdir, open, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type ArchiveEntry, openArchive } from './archive.ts'
import { syncFolder } from './folders.ts'

// Syncs run beside the unpacking: the disk's journal takes many in one go.
const PARALLEL_SYNCS = 16

/**
 * Unpacks a bundle that was inspected before into a folder it makes, durably and for reading only: folders 0555,
 * files 0444, or 0555 if the zip says they can be executed. Symlinks come last, so that nothing is ever written
 * through one. On failure what is there is left to the caller.
 */
export async function unpackArchive(zipPath: string, folder: string, signal: AbortSignal): Promise<void> {
  const archive = await openArchive(zipPath)
  const syncs = new Set<Promise<void>>()
  try {
    const folders = new Set<string>()
    const links: { readonly path: string; readonly target: string }[] = []
    await mkdir(folder)
    for await (const entry of archive.entries()) {
      signal.throwIfAborted()
      if (entry.kind === 'link') {
        links.push({ path: entry.path, target: await readTarget(entry) })
      } else if (entry.kind === 'folder') {
        await makeFolders(folder, entry.path, folders)
      } else {
        await makeFolders(folder, parentOf(entry.path), folders)
        const handle = await writeFile(join(folder, entry.path), entry, signal)
        const sync = handle.sync().finally(() => handle.close())
        syncs.add(sync)
        sync.then(
          () => syncs.delete(sync),
          () => {},
        )
        if (syncs.size >= PARALLEL_SYNCS) await Promise.race(syncs)
      }
    }
    for (const link of links) {
      await makeFolders(folder, parentOf(link.path), folders)
      await symlink(link.target, join(folder, link.path))
    }
    await Promise.all(syncs)
    for (const path of [...folders].sort().reverse()) await seal(join(folder, path))
    await seal(folder)
  } finally {
    await Promise.allSettled(syncs)
    await archive.close()
  }
}

async function writeFile(path: string, entry: ArchiveEntry, signal: AbortSignal): Promise<FileHandle> {
  // Exclusive: two names that are one on this file system (`A` and `a` on some) end it instead of mixing up.
  const handle = await open(path, 'wx', 0o600)
  try {
    for await (const chunk of entry.content()) {
      signal.throwIfAborted()
      await handle.writeFile(chunk)
    }
    await handle.chmod(entry.executable ? 0o555 : 0o444)
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function makeFolders(root: string, path: string, made: Set<string>): Promise<void> {
  if (path === '' || made.has(path)) return
  await makeFolders(root, parentOf(path), made)
  await mkdir(join(root, path), 0o700)
  made.add(path)
}

async function readTarget(entry: ArchiveEntry): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of entry.content()) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

async function seal(folder: string): Promise<void> {
  await syncFolder(folder)
  await chmod(folder, 0o555)
}

function parentOf(path: string): string {
  const parent = dirname(path)
  return parent === '.' ? '' : parent
}
