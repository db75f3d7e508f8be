import type { Clock } from '../system/clock.ts'

/** Where the program prints. A terminal has `isTTY` and its size in characters. */
export type Terminal = NodeJS.WritableStream & {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

/** All that a run of the CLI touches outside of the network and the file system; tests hand in their own. */
export interface Io {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly stdout: Terminal
  readonly stderr: Terminal
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  /** Whether the user is root: the default data folder depends on it. */
  readonly isRoot: boolean
  readonly homeFolder: string
  /** Calls `listener` when ctrl-C is pressed, instead of ending the process; the answer takes that back. */
  onInterrupt(listener: () => void): () => void
}
