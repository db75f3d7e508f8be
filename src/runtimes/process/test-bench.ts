import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Manifest } from '../../domain/bundle.ts'
import type { BundleId, JsonObject, ProfileId, Sha256 } from '../../domain/ids.ts'
import type { CommandLineArgument, NodeTemplate, RevisionSpec } from '../../domain/revision.ts'
import { systemClock } from '../../system/clock.ts'
import { silentLog } from '../../system/log.ts'
import type { Started } from '../runtime.ts'
import { createProcessRuntime, type ProcessRuntime, type ProcessRuntimeOptions } from './index.ts'
import { createProcessTable } from './process-table.ts'

/** Below the range that systems hand out for port 0, so that no test's outgoing connection takes one. */
const TEST_PORTS = { from: 21_000, to: 29_999 }

export interface SpecInput {
  readonly properties?: JsonObject
  readonly manifest?: Manifest
  readonly template?: NodeTemplate
  readonly script?: string
  readonly args?: readonly CommandLineArgument[]
  /** Name of a bundle made with {@link Bench.bundle}. */
  readonly bundle?: string
  readonly version?: string
}

/** A folder, the runtimes opened over it, and an end of everything that they started. */
export interface Bench {
  readonly root: string
  /** Where tests may put files of their own. */
  readonly folder: string
  open(options?: Partial<ProcessRuntimeOptions>): ProcessRuntime
  /** Makes an unpacked bundle out of file names and contents. */
  bundle(name: string, files: Readonly<Record<string, string>>): string
  spec(input?: SpecInput): RevisionSpec
  close(): void
}

export function createBench(): Bench {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'drover-process-')))
  chmodSync(folder, 0o755)
  const root = join(folder, 'nodes')
  const runtimes: ProcessRuntime[] = []
  const bundleDir = (name: string) => join(folder, 'bundles', name)

  const open = (options: Partial<ProcessRuntimeOptions> = {}) => {
    const runtime = createProcessRuntime({
      root,
      code: {
        unpacked: async (digest) => bundleDir(digest),
        changes: async (digest, place) => (place === bundleDir(digest) ? [] : null),
        archive: async (digest) => `${bundleDir(digest)}.zip`,
      },
      clock: systemClock,
      log: silentLog,
      environment: { PATH: process.env['PATH'], HOME: '/nowhere', SECRET_OF_DROVER: 'hidden' },
      portRange: TEST_PORTS,
      ...options,
    })
    runtimes.push(runtime)
    return runtime
  }

  return {
    root,
    folder,
    open,
    bundle(name, files) {
      for (const [path, text] of Object.entries(files)) {
        const file = join(bundleDir(name), path)
        mkdirSync(dirname(file), { recursive: true })
        writeFileSync(file, text, { mode: 0o755 })
      }
      return bundleDir(name)
    },
    spec(input = {}) {
      const { bundle, script, args = [], template = {}, version = null } = input
      const properties = input.properties ?? { command: ['sleep', '600'], stopGraceSeconds: 5 }
      const resolved = open().resolve({
        version: '1.0',
        properties,
        manifest: input.manifest ?? null,
        nodeTemplate: template,
        initializationScript: script ?? null,
        hasCode: bundle !== undefined,
      })
      return {
        profile: { id: 'p' as ProfileId, name: 'p', type: 'process', version: '1.0' },
        code: bundle
          ? {
              bundleId: bundle as BundleId,
              bundle: `${bundle}@1`,
              digest: bundle as Sha256,
              initializationScript: resolved.initializationScript,
              commandLineArguments: args,
            }
          : null,
        settings: resolved.settings,
        healthCheck: resolved.healthCheck,
        nodeTemplate: template,
        version,
      }
    },
    close() {
      for (const runtime of runtimes) runtime.close()
      killAllOf(root)
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}

/** Ends every process that has this bench's folder in its environment, whatever a failed test left. */
function killAllOf(root: string): void {
  for (const pid of pidsUnder(root)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
}

/** Living processes of one node or of a whole root, found by what is in their environment (Linux only). */
export function pidsUnder(root: string, nodeId = ''): number[] {
  if (!existsSync('/proc/self/environ')) return []
  const table = createProcessTable()
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      if (!(pid > 0) || table.startOf(pid) === null) return false
      const environment = readEnvironment(pid)
      return environment.includes(`\0DROVER_WORK_DIR=${join(root, nodeId)}/`)
    })
}

function readEnvironment(pid: number): string {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, 'utf8')}`
  } catch {
    return ''
  }
}

/** Waits until something is true, for at most ten seconds. */
export async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`waited 10 s for: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

export function pidOf(started: Started): number {
  return Number(started.physicalId)
}

export function isRunning(pid: number): boolean {
  return createProcessTable().startOf(pid) !== null
}

/** The process that leads this one's group: a shell and the command it waits for are one thing. */
export function leaderOf(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'pgid=', '-p', String(pid)], { encoding: 'utf8' }))
}
