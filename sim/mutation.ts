import type { Guarantee } from './checks/check.ts'

/** Drover with one thing broken, in memory only: the text of a source file is changed as it is loaded. */
export interface Mutation {
  readonly name: string
  /** One of these must be what the simulator says is broken. */
  readonly breaks: readonly Guarantee[]
  readonly edits: readonly Edit[]
  /** The first seed that shows what is seldom seen, where other guards have to fail first; 1 if absent. Search anew when it moves. */
  readonly firstSeed?: number
}

export interface Edit {
  /** From the repository's root. */
  readonly file: string
  /** Must be there exactly once. */
  readonly find: string
  readonly replace: string
}

/** One change of a {@link Mutation}. */
export const edit = (file: string, find: string, replace: string): Edit => ({ file, find, replace })
