import { createHash } from 'node:crypto'

const KEPT = 400

/** What happened, step by step. The hash of two runs is the same if and only if all their steps are. */
export class Trace {
  readonly #hash = createHash('sha256')
  readonly #last: string[] = []
  readonly #print: ((line: string) => void) | undefined
  steps = 0

  constructor(print?: (line: string) => void) {
    this.#print = print
  }

  add(seconds: number, line: string): void {
    this.steps += 1
    const full = `${String(this.steps).padStart(5)} ${seconds.toFixed(3).padStart(9)}s ${line}`
    this.#hash.update(full)
    this.#print?.(full)
    this.#last.push(full)
    if (this.#last.length > 2 * KEPT) this.#last.splice(0, KEPT)
  }

  last(count: number): readonly string[] {
    return this.#last.slice(-count)
  }

  digest(): string {
    return this.#hash.digest('hex')
  }
}
