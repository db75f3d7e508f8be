import { LeaseLostError } from '../../domain/errors.ts'
import type { NodeRef, RuntimeContext } from '../runtime.ts'
import { type Launch, makeRunDir, readWanted, writeWanted } from './run-state.ts'
import type { NodeFolders } from './translate.ts'

/** Makes this call's term the one that counts, without changing what is wanted. */
export function raiseTerm(ctx: RuntimeContext, node: NodeRef, { run }: NodeFolders): void {
  ctx.signal.throwIfAborted()
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
