import { plainSealer, type Sealer } from '../domain/sealer.ts'
import type { Tx } from './store.ts'

/** By the handle that a database gives its transactions. */
const sealers = new WeakMap<Tx, Sealer>()

/** Has everything that is read and written through a handle sealed, and opened, by `sealer`. For implementations of Store. */
export function useSealer(handle: Tx, sealer: Sealer | undefined): void {
  if (sealer !== undefined) sealers.set(handle, sealer)
}

/** What seals the secrets of a transaction's database. */
export function sealerOf(tx: Tx): Sealer {
  return sealers.get(tx) ?? plainSealer
}
