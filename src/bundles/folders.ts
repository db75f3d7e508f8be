import { chmod, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Makes the names in a folder durable: a rename into it survives a power cut only after this. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Removes a file or a tree, read-only folders included. Symlinks are removed, never followed. */
export async function removeTree(path: string): Promise<void> {
  await makeWritable(path)
  await rm(path, { recursive: true, force: true })
}

async function makeWritable(folder: string): Promise<void> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    // Only who may write a folder may remove names from it, even the owner.
    await chmod(folder, 0o700)
    for (const entry of entries) if (entry.isDirectory()) await makeWritable(join(folder, entry.name))
  } catch (error) {
    if (!isCode(error, 'ENOENT', 'ENOTDIR')) throw error
  }
}

/** Whether an error of the operating system has one of these codes. */
export function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}
