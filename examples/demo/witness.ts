import type { Measured } from './availability.ts'
import { readEndpoints, readNodes } from './cluster.ts'
import type { Drover } from './drover-process.ts'
import { Prober } from './prober.ts'
import { findNodeProcesses } from './processes.ts'
import type { Story } from './story.ts'

/** Looks at the cluster from outside, and tells the story whether what it saw is what was promised. */
export class Witness {
  readonly #drover: Drover
  readonly #story: Story
  readonly #size: number

  /** @param size how many nodes there must be */
  constructor(drover: Drover, story: Story, size: number) {
    this.#drover = drover
    this.#story = story
    this.#size = size
  }

  /** Asks all nodes again and again while something is done to them. */
  async probeWhile(work: (prober: Prober) => Promise<void>): Promise<Measured> {
    const prober = await Prober.begin(await readEndpoints(this.#drover))
    const beganAt = performance.now()
    await work(prober)
    const seen = await prober.stop()
    const seconds = ((performance.now() - beganAt) / 1000).toFixed(1)
    this.#story.sayApart(`Seen from outside in ${seconds} s, with ${seen.requests} requests:`)
    return seen
  }

  /** Not more than one node was away at any time. */
  checkBudget({ lowest }: Measured): void {
    const least = this.#size - 1
    this.#story.check(
      `at least ${least} of ${this.#size} nodes answer at any time`,
      `lowest ${lowest}`,
      lowest >= least,
    )
  }

  /** Every node serves this version now, and no other. */
  async checkVersion(version: string): Promise<void> {
    const prober = await Prober.begin(await readEndpoints(this.#drover))
    const { lowest, versions } = await prober.stop()
    this.#story.check(
      `all nodes serve version ${version} at the end`,
      `${lowest} nodes, version ${versions.join(' and ')}`,
      lowest === this.#size && versions.join() === version,
    )
  }

  /** Asks the operating system, which knows what Drover may have forgotten. */
  async checkProcesses(): Promise<void> {
    const known = (await readNodes(this.#drover)).map(({ id, physicalId }) => `${id} ${physicalId}`)
    const found = findNodeProcesses(this.#drover.dataFolder).map(({ nodeId, pid }) => `${nodeId} ${pid}`)
    const strangers = found.filter((each) => !known.includes(each)).length
    this.#story.check(
      'one process for a node: none twice, none lost',
      `${found.length} processes, ${strangers} unknown`,
      found.length === this.#size && known.length === this.#size && strangers === 0,
    )
  }

  /** The revisions that nodes run, as Drover tells: `3`, or `3 and 5`. */
  async readRevisions(): Promise<string> {
    const nodes = await readNodes(this.#drover)
    return [...new Set(nodes.map(({ revision }) => revision))].join(' and ')
  }
}
