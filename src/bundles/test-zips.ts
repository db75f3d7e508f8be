import { mkdtemp, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { crc32, deflateRawSync } from 'node:zlib'
import { silentLog } from '../system/log.ts'
import { type BundleStore, type BundleStoreOptions, createBundleStore } from './bundle-store.ts'
import { removeTree } from './folders.ts'

/** One entry of a zip made by hand. What is not given is what an honest zip would say. */
export interface ZipRecord {
  readonly name: string | Buffer
  readonly data?: Buffer | string
  /** Unix mode with type bits; none if absent. */
  readonly mode?: number
  /** 8 deflates, 0 stores; any other number is written over stored data. Default 0. */
  readonly method?: number
  readonly flags?: number
  readonly crc32?: number
  /** What the headers claim, whatever the truth. */
  readonly uncompressedSize?: number
  /** The name in front of the data, where it differs. */
  readonly localName?: string
}

/** Writes a zip byte by byte, as dishonestly as asked: no zip library would. */
export function makeZip(records: readonly ZipRecord[]): Buffer {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const record of records) {
    const name = Buffer.from(record.name as string)
    const data = Buffer.from(record.data ?? '')
    const packed = record.method === 8 ? deflateRawSync(data) : data
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(record.flags ?? 0x800, 2)
    common.writeUInt16LE(record.method ?? 0, 4)
    common.writeUInt32LE(record.crc32 ?? crc32(data), 10)
    common.writeUInt32LE(packed.length, 14)
    common.writeUInt32LE(record.uncompressedSize ?? data.length, 18)
    const localName = Buffer.from(record.localName ?? name)
    common.writeUInt16LE(localName.length, 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, localName, packed])
    common.writeUInt16LE(name.length, 22)
    const madeBy = Buffer.from([63, 3])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(((record.mode ?? 0) << 16) >>> 0, 6)
    tail.writeUInt32LE(offset, 10)
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), madeBy, common, tail, name]))
    locals.push(local)
    offset += local.length
  }
  const central = Buffer.concat(directory)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(records.length, 4)
  end.writeUInt16LE(records.length, 6)
  end.writeUInt32LE(central.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...locals, central, Buffer.from('PK\x05\x06'), end])
}

/** A symlink's record. */
export function link(name: string, target: string): ZipRecord {
  return { name, data: target, mode: 0o120777 }
}

/** A folder of its own for one test, removed after it. */
export async function testFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'drover-bundles-'))
  t.after(() => removeTree(folder))
  return folder
}

/** A store in a folder of its own. */
export async function testStore(
  t: TestContext,
  options: Partial<BundleStoreOptions> = {},
): Promise<{ store: BundleStore; root: string }> {
  const root = join(await testFolder(t), 'store')
  return { store: createBundleStore({ root, log: silentLog, ...options }), root }
}

/** All files below a folder, sorted; folders themselves are left out. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}
