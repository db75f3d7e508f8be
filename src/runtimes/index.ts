import { createProcessRuntime, type ProcessRuntimeOptions } from './process/index.ts'
import type { Runtime } from './runtime.ts'
import { createScriptedRuntime, type ScriptedRuntimeOptions } from './scripted/index.ts'
import { createSimulatedRuntimes, createUnsupportedRuntimes } from './simulated/index.ts'
import { createSshRuntime, type SshRuntimeOptions } from './ssh/index.ts'

export interface RuntimesOptions {
  readonly process: ProcessRuntimeOptions
  readonly ssh: SshRuntimeOptions
  /** Absent: nothing is simulated, as on any real host. */
  readonly scripted?: ScriptedRuntimeOptions
}

/** Every runtime of this host by profile type, and the one way to end their timers. One line each. */
export function createRuntimes(options: RuntimesOptions): Runtimes {
  const process = createProcessRuntime(options.process)
  const ssh = createSshRuntime(options.ssh)
  const runtimes: Runtime[] = [process, ssh]
  if (options.scripted) {
    runtimes.push(createScriptedRuntime(options.scripted), ...createSimulatedRuntimes(options.scripted))
  } else {
    runtimes.push(...createUnsupportedRuntimes())
  }
  return {
    byType: Object.fromEntries(runtimes.map((runtime) => [runtime.type, runtime])),
    close: () => {
      process.close()
      ssh.close()
    },
  }
}

export interface Runtimes {
  readonly byType: Readonly<Record<string, Runtime>>
  /** Ends the runtimes' own timers and connections. Nodes are not touched. */
  close(): void
}
