import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Readiness } from '../../domain/health-check.ts'
import type { EpochMs } from '../../domain/ids.ts'
import type { LifecycleHooks } from '../../domain/revision.ts'

/**
 * What is known on disk about the processes of one node: the files of its `run/` folder.
 *
 * ```
 *   wanted-<term>         the launch that should run, or "-"; only the highest term counts
 *   <launch>.json         written by Drover before it spawns: all that is needed to stop the process later
 *   <launch>.pid          written by the process itself before it becomes the program: see launcher.ts. Its being
 *                         there says that the launch is taken; what is in it counts once it is whole
 *   <launch>.ready        postStart has passed
 *   <launch>.exit.json    how it ended, if a Drover was there to see it
 *   hook.json             the hook that runs now
 *   beside.json           what was there before the wanted launch was started beside it
 * ```
 * A launch is one start of one key, `<first 24 digits of the key's SHA-256>.<count>`: the count grows when a
 * key is started again after its process died, so that a pid file never needs to be taken away to try again.
 *
 * All access is synchronous, so that nothing else of this program happens between a check and what it guards.
 */
export type Launch = string

export interface Intent {
  readonly key: string
  readonly at: EpochMs
  readonly cwd: string
  readonly environment: Readonly<Record<string, string>>
  readonly hooks: LifecycleHooks
  readonly stopGraceSeconds: number
  readonly preStopFailure: 'keep' | 'stop'
  /** Absent: nothing is waited for before SIGTERM. */
  readonly drain?: Readiness
  readonly user: string | null
  /** What was started, with its arguments; absent in what an older Drover wrote. */
  readonly command?: readonly string[]
}

/** What the launcher wrote: enough to know the process again, and never to mistake another for it. */
export interface PidRecord {
  readonly pid: number
  readonly start: string
  readonly bootId: string
  readonly port: number | null
}

export interface Exit {
  readonly code: number | null
  readonly signal: string | null
  readonly at: EpochMs
}

const NOTHING = '-'

export function launchOf(key: string, count: number): Launch {
  return `${createHash('sha256').update(key).digest('hex').slice(0, 24)}.${count}`
}

/** The launch to use for this key now: the first one that no process has ever taken. */
export function nextLaunchOf(runDir: string, key: string): Launch {
  const prefix = launchOf(key, 0).slice(0, -1)
  const counts = launchesIn(runDir)
    .filter((launch) => launch.startsWith(prefix))
    .map((launch) => Number(launch.slice(prefix.length)))
  return launchOf(key, Math.max(0, ...counts) + 1)
}

export function isLaunchOf(launch: Launch, key: string): boolean {
  return launch.startsWith(launchOf(key, 0).slice(0, -1))
}

/** Launches that a process took, alive or not, even if it was killed before it could say which it is. */
export function launchesIn(runDir: string): Launch[] {
  return list(runDir)
    .filter((name) => name.endsWith('.pid') && !name.startsWith('.'))
    .map((name) => name.slice(0, -'.pid'.length))
}

/** Whether a process took the launch, which is before it says which process it is. */
export function isTaken(runDir: string, launch: Launch): boolean {
  return existsSync(join(runDir, `${launch}.pid`))
}

export interface WantedNow {
  readonly term: number
  /** Null: nothing should run. */
  readonly launch: Launch | null
}

/** The word of the highest term; null if no engine has been here yet. */
export function readWanted(runDir: string): WantedNow | null {
  for (;;) {
    const term = Math.max(-1, ...termsIn(runDir))
    if (term < 0) return null
    const text = read(join(runDir, `wanted-${term}`))
    // A higher term may have replaced it since the listing.
    if (text !== null) return { term, launch: text.trim() === NOTHING ? null : text.trim() }
  }
}

/** @returns whether this term was the highest when it was written, and so counts */
export function writeWanted(runDir: string, term: number, launch: Launch | null): boolean {
  replaceFile(join(runDir, `wanted-${term}`), `${launch ?? NOTHING}\n`)
  const terms = termsIn(runDir)
  if (Math.max(...terms) > term) return false
  for (const lower of terms) if (lower < term) remove(join(runDir, `wanted-${lower}`))
  return true
}

function termsIn(runDir: string): number[] {
  return list(runDir)
    .map((name) => /^wanted-(\d+)$/.exec(name)?.[1])
    .filter((term) => term !== undefined)
    .map(Number)
}

/** @returns null if no process took the launch, or the one that did has not said yet which it is */
export function readPidRecord(runDir: string, launch: Launch): PidRecord | null {
  const lines = read(join(runDir, `${launch}.pid`))?.split('\n') ?? []
  const [pid, start, bootId, port] = lines
  // The last line break is missing while it is being written.
  if (lines.length < 5 || !pid || !start || !bootId || !/^\d+$/.test(pid)) return null
  return {
    pid: Number(pid),
    start,
    bootId,
    port: port === undefined || port === NOTHING ? null : Number(port),
  }
}

export function writeIntent(runDir: string, launch: Launch, intent: Intent): void {
  replaceFile(join(runDir, `${launch}.json`), JSON.stringify(intent))
}

export function readIntent(runDir: string, launch: Launch): Intent | null {
  return readJson(join(runDir, `${launch}.json`)) as Intent | null
}

export function markReady(runDir: string, launch: Launch): void {
  replaceFile(join(runDir, `${launch}.ready`), '')
}

export function isReady(runDir: string, launch: Launch): boolean {
  return read(join(runDir, `${launch}.ready`)) !== null
}

export function writeExit(runDir: string, launch: Launch, exit: Exit): void {
  try {
    replaceFile(join(runDir, `${launch}.exit.json`), JSON.stringify(exit))
  } catch {
    // The node was removed meanwhile, or the disk is full. It is for people only, and not worth a crash.
  }
}

export function readExit(runDir: string, launch: Launch): Exit | null {
  return readJson(join(runDir, `${launch}.exit.json`)) as Exit | null
}

/**
 * Forgets the launches whose processes are gone, but for those that are kept. Whatever may still be on its way keeps its
 * pid file, and so its launch: were that taken anew, two processes would believe that they are the wanted one.
 */
export function forgetLaunches(
  runDir: string,
  kept: readonly (Launch | null)[],
  isGone: (record: PidRecord) => boolean,
): void {
  const gone = launchesIn(runDir).filter((launch) => {
    const record = kept.includes(launch) ? null : readPidRecord(runDir, launch)
    return record !== null && isGone(record)
  })
  if (gone.length === 0) return
  for (const name of list(runDir)) {
    if (gone.some((launch) => name.startsWith(`${launch}.`))) remove(join(runDir, name))
  }
}

export function writeHookRecord(runDir: string, record: PidRecord | null): void {
  if (record === null) remove(join(runDir, 'hook.json'))
  else replaceFile(join(runDir, 'hook.json'), JSON.stringify(record))
}

export function readHookRecord(runDir: string): PidRecord | null {
  return readJson(join(runDir, 'hook.json')) as PidRecord | null
}

/** Only its owner may read the folder: environments may hold secrets. */
export function makeRunDir(runDir: string): void {
  mkdirSync(runDir, { recursive: true, mode: 0o700 })
}

/** Notes that the launch was seen to run what was started. */
export function markSeen(runDir: string, launch: Launch): void {
  replaceFile(join(runDir, `${launch}.seen`), '')
}

export function wasSeen(runDir: string, launch: Launch): boolean {
  return existsSync(join(runDir, `${launch}.seen`))
}

/** What a node was before something was started beside it, so that it can be that again. */
export interface Before {
  readonly launch: Launch
  /** Where its `code` link pointed. */
  readonly code: string | null
}

export function writeBefore(runDir: string, before: Before | null): void {
  if (before === null) remove(join(runDir, 'beside.json'))
  else replaceFile(join(runDir, 'beside.json'), JSON.stringify(before))
}

export function readBefore(runDir: string): Before | null {
  return readJson(join(runDir, 'beside.json')) as Before | null
}

let temporaryFiles = 0

function replaceFile(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.${temporaryFiles++}.tmp`
  writeFileSync(temporary, text, { mode: 0o600 })
  renameSync(temporary, path)
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(read(path) ?? 'null')
  } catch {
    // Torn by a power cut; what it was about did not survive that either.
    return null
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}

/** Takes the whole folder of a node away. */
export function removeFolder(path: string): void {
  // A process that was just told to leave may still be writing its file here.
  rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 10 })
}
