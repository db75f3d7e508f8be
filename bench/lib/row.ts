import type { Result } from './result.ts'

/** One row of the benchmark: what it measures, and how. */
export interface Row {
  /** How it is asked for: `--only <name>`. */
  readonly name: string
  /** In a sentence. */
  readonly about: string
  run(bench: Bench): Promise<readonly Result[]>
}

/** What a row may use. */
export interface Bench {
  /** How often each thing is done, at least; the median counts. */
  readonly runs: number
  /** Smaller and shorter, to see that everything works; its numbers say little. */
  readonly quick: boolean
  /** Makes an empty folder, removed when the benchmark ends. */
  makeFolder(): string
  /** Has something done when the row ends, however it ends. Last one first. */
  onEnd(work: () => Promise<void> | void): void
  /** Tells who waits how far it is. */
  say(text: string): void
}
