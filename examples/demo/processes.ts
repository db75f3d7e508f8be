import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** A living process that Drover started for a node. */
export interface NodeProcess {
  readonly pid: number
  readonly nodeId: string
}

/** All of them whose folders are in this data folder, found without asking Drover: by their environment. */
export function findNodeProcesses(dataFolder: string): NodeProcess[] {
  return [...readEnvironments()].flatMap(([pid, environment]) => {
    const nodeId = /(?:^|[\0 ])DROVER_NODE_ID=([^\0 ]+)/.exec(environment)?.[1]
    const isOurs = environment.includes(`DROVER_WORK_DIR=${dataFolder}/`)
    return nodeId !== undefined && isOurs ? [{ pid, nodeId }] : []
  })
}

/** Ends what is left of them, at once and for good. Does nothing when nothing is left. */
export async function killNodeProcesses(dataFolder: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const left = findNodeProcesses(dataFolder)
    if (left.length === 0) return
    for (const { pid } of left) kill(pid)
    await sleep(20)
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}

function readEnvironments(): Map<number, string> {
  return existsSync('/proc/self/environ') ? readProc() : readPs()
}

function readProc(): Map<number, string> {
  const found = new Map<number, string>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      found.set(Number(name), readFileSync(`/proc/${name}/environ`, 'utf8'))
    } catch {
      // Another user's, or gone.
    }
  }
  return found
}

/** Where there is no /proc, as on macOS: `ps` shows the environment behind the command. */
function readPs(): Map<number, string> {
  const lines = execFileSync('ps', ['axeww', '-o', 'pid=,command='], { encoding: 'utf8' }).split('\n')
  return new Map(lines.map((line) => [Number.parseInt(line, 10), line]))
}
