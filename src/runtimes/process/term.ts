import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { LeaseLostError } from '../../domain/errors.ts'
import type { EpochMs } from '../../domain/ids.ts'
import type { NodeRef, RuntimeContext } from '../runtime.ts'
import { type Launch, makeRunDir, readWanted, writeWanted } from './run-state.ts'
import { type NodeFolders, REMOVED } from './translate.ts'

/** Makes this call's term the one that counts, without changing what is wanted. */
export function raiseTerm(ctx: RuntimeContext, node: NodeRef, { run, removed }: NodeFolders): void {
  ctx.signal.throwIfAborted()
  // An engine that slept through the loss of its lease must not bring a removed node back.
  if (existsSync(removed) && Number(readFileSync(removed, 'utf8')) > ctx.term) {
    throw new LeaseLostError(`node ${node.name}`)
  }
  makeRunDir(run)
  const now = readWanted(run)
  if (now !== null && now.term > ctx.term) throw new LeaseLostError(`node ${node.name}`)
  if (now !== null && now.term === ctx.term) return
  if (!writeWanted(run, ctx.term, now?.launch ?? null)) throw new LeaseLostError(`node ${node.name}`)
}

/** Says what should run. @throws LeaseLostError if a higher term has spoken */
export function want(ctx: RuntimeContext, node: NodeRef, folders: NodeFolders, launch: Launch | null): void {
  assertTerm(ctx, node, folders)
  if (!writeWanted(folders.run, ctx.term, launch)) throw new LeaseLostError(`node ${node.name}`)
}

/** Called right before every effect that cannot be undone. @throws LeaseLostError if a higher term has spoken */
export function assertTerm(ctx: RuntimeContext, node: NodeRef, { run }: NodeFolders): void {
  ctx.signal.throwIfAborted()
  const now = readWanted(run)
  if (now !== null && now.term > ctx.term) throw new LeaseLostError(`node ${node.name}`)
}

/** Remembers, for a while, in which term a node was removed. */
export function noteRemoval(ctx: RuntimeContext, { removed }: NodeFolders): void {
  mkdirSync(dirname(removed), { recursive: true })
  writeFileSync(removed, String(ctx.term))
}

/** Forgets removals that are older than any engine could sleep and still be believed. */
export function forgetRemovals(root: string, before: EpochMs): void {
  const folder = join(root, REMOVED)
  if (!existsSync(folder)) return
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (statSync(path).mtimeMs < before) rmSync(path, { force: true })
  }
}
