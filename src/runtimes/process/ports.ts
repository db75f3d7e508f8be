import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { RuntimeFailedError } from '../../domain/errors.ts'
import type { NodeId } from '../../domain/ids.ts'

/** Both ends included. */
export interface PortRange {
  readonly from: number
  readonly to: number
}

/** A node has a port of its own, and for as long as something runs beside what it has, one for that. */
export type PortSlot = 'own' | 'beside'

export interface PortRequest {
  readonly root: string
  /** Default `own`. */
  readonly slot?: PortSlot
  readonly nodeId: NodeId
  readonly host: string
  readonly range: PortRange
}

/**
 * The node's port: the one that it has, or a free one that is now reserved for it.
 *
 * A reservation is a symbolic link `<root>/.ports/<port>` to the node's folder: made in one step, refused if
 * there is one, and visibly stale once that folder is gone, so nothing can leak. The search begins at a place
 * that hangs on the node's id, so that a search cut off by a crash finds its own reservation again.
 * @throws RuntimeFailedError if every port of the range is taken
 */
export async function reservePort(request: PortRequest): Promise<number> {
  const { root, nodeId, host, range, slot = 'own' } = request
  const kept = reservedPort(root, nodeId, slot)
  if (kept !== null && kept >= range.from && kept <= range.to) return kept
  if (kept !== null) releasePort(root, nodeId, slot)
  const other = reservedPort(root, nodeId, slot === 'own' ? 'beside' : 'own')
  mkdirSync(join(root, '.ports'), { recursive: true })
  const size = range.to - range.from + 1
  const first = createHash('sha256').update(nodeId).digest().readUInt32BE() % size
  for (let step = 0; step < size; step++) {
    const port = range.from + ((first + step) % size)
    if (port === other || !claim(root, nodeId, port)) continue
    if (await isFree(host, port)) {
      writeFileSync(portFile(root, nodeId, slot), String(port))
      return port
    }
    unlinkSync(reservation(root, port))
  }
  throw new RuntimeFailedError(
    `no port from ${range.from} to ${range.to} is free on ${host}; widen the range`,
  )
}

/** The port that the node has, without asking for one. */
export function reservedPort(root: string, nodeId: NodeId, slot: PortSlot = 'own'): number | null {
  const file = portFile(root, nodeId, slot)
  if (!existsSync(file)) return null
  const port = Number(readFileSync(file, 'utf8'))
  return ownerOf(root, port) === nodeId ? port : null
}

/** Gives the node's port back, if it has one. */
export function releasePort(root: string, nodeId: NodeId, slot: PortSlot = 'own'): void {
  const port = reservedPort(root, nodeId, slot)
  if (port !== null) unlinkSync(reservation(root, port))
}

/** Leaves the node with one port: that of what runs on it from now on. @param used null if that has none */
export function settlePorts(root: string, nodeId: NodeId, used: number | null): void {
  const beside = reservedPort(root, nodeId, 'beside')
  if (beside === null) return
  if (beside !== used) {
    releasePort(root, nodeId, 'beside')
    return
  }
  releasePort(root, nodeId)
  renameSync(portFile(root, nodeId, 'beside'), portFile(root, nodeId, 'own'))
}

/** Whether nothing listens there now. */
export function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

function claim(root: string, nodeId: NodeId, port: number): boolean {
  const owner = ownerOf(root, port)
  if (owner === nodeId) return true
  if (owner !== null) {
    if (existsSync(join(root, owner))) return false
    unlinkSync(reservation(root, port))
  }
  try {
    symlinkSync(join('..', nodeId), reservation(root, port))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function ownerOf(root: string, port: number): string | null {
  try {
    return readlinkSync(reservation(root, port)).slice('../'.length)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

function reservation(root: string, port: number): string {
  return join(root, '.ports', String(port))
}

function portFile(root: string, nodeId: NodeId, slot: PortSlot): string {
  return join(root, nodeId, slot === 'own' ? 'port' : 'port.beside')
}
