import { setTimeout as sleep } from 'node:timers/promises'
import { CLUSTER, readNewestUpdate, waitForProgress } from './cluster.ts'
import { Drover } from './drover-process.ts'
import { findNodeProcesses } from './processes.ts'
import { Story } from './story.ts'
import { Witness } from './witness.ts'

const SIZE = 6
const LIMIT_MS = 90_000
const LOG_LINES = 40
/** What `drover update watch` answers when the update failed, and when it was cancelled. */
const FAILED = 3
const CANCELLED = 4
const INTERRUPTED = 130

const story = new Story(process.stdout, process.env)
const drover = await Drover.prepare()
const witness = new Witness(drover, story, SIZE)
let isLeaving = false
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => leave(`interrupted by ${signal}`, INTERRUPTED))
}
const late = setTimeout(() => leave(`not at its end after ${LIMIT_MS / 1000} seconds`), LIMIT_MS)

try {
  await createCluster()
  await rollForward()
  await forceBack()
  await rollOutBrokenVersion()
  await cancelHalfWay()
  await killDroverHalfWay()
  await cleanUp()
  if (!story.end()) {
    process.exitCode = 1
    story.log(drover.logTail(LOG_LINES))
  }
} catch (error) {
  await leave(error instanceof Error ? error.message : String(error))
} finally {
  clearTimeout(late)
  await drover.destroy()
}

async function createCluster(): Promise<void> {
  story.step(`Publish three versions of a service, and run the first as ${SIZE} processes`)
  story.say(`A new Drover keeps everything in ${drover.folder}`)
  await drover.start()
  for (const version of ['v1', 'v2', 'v3-broken']) {
    await run(['bundle', 'publish', `examples/hello-http/${version}`])
  }
  const software = ['--bundle', 'hello-http@1', '--arg', 'greeting=hello']
  await run(['cluster', 'create', CLUSTER, ...software, '--size', String(SIZE), '--wait'])
  await witness.checkVersion('1')
}

async function rollForward(): Promise<void> {
  story.step('Roll version 1 → 2, at most one node away at a time')
  story.say(
    `From here on, somebody outside asks each of the ${SIZE} nodes again and again, and counts who answers.`,
  )
  const seen = await witness.probeWhile(async () => {
    await run([...update('2'), '--max-unavailable', '1', '--watch'])
  })
  witness.checkBudget(seen)
  await witness.checkVersion('2')
}

async function forceBack(): Promise<void> {
  story.step('Force it back to version 1: all stop before any starts')
  const seen = await witness.probeWhile(async () => {
    await run([...update('1'), '--strategy', 'force', '--watch'])
  })
  story.check(
    'all were away at one instant',
    `${seen.lowest} answered, for ${ms(seen.lowestForMs)}`,
    seen.lowest === 0,
  )
  const mixed = seen.mixedForMs === 0 ? 'never' : `for ${ms(seen.mixedForMs)}`
  story.check('versions 1 and 2 never served together', mixed, seen.mixedForMs === 0)
  await witness.checkVersion('1')
}

async function rollOutBrokenVersion(): Promise<void> {
  story.step('Roll out a version that starts, but fails its health check')
  const seen = await witness.probeWhile(async () => {
    const exitCode = await show([...update('3-broken'), '--max-unavailable', '1', '--watch'])
    story.check('the command tells that it failed', `exit code ${exitCode}`, exitCode === FAILED)
  })
  witness.checkBudget(seen)
  await witness.checkVersion('1')
}

async function cancelHalfWay(): Promise<void> {
  story.step('Begin to roll out version 2, and cancel half way')
  const before = await witness.readRevisions()
  const seen = await witness.probeWhile(async () => {
    await run([...update('2'), '--max-unavailable', '1', '--min-ready', '1s'])
    const { id, progress } = await waitForProgress(drover, 2)
    story.say(`${progress.updated} of ${progress.selected} nodes run version 2 now.`)
    await run(['update', 'cancel', id])
    const exitCode = await show(['update', 'watch', id])
    story.check('it ends as cancelled', `exit code ${exitCode}`, exitCode === CANCELLED)
  })
  witness.checkBudget(seen)
  const after = await witness.readRevisions()
  story.check('all nodes are back on the revision they had', `revision ${after}`, after === before)
  await witness.checkVersion('1')
}

async function killDroverHalfWay(): Promise<void> {
  story.step('Begin again, and kill Drover half way')
  const seen = await witness.probeWhile(async (prober) => {
    await run([...update('2'), '--max-unavailable', '1', '--min-ready', '1s'])
    const { id, progress } = await waitForProgress(drover, 2)
    await drover.end('SIGKILL')
    const diedAt = performance.now()
    story.sayApart(`kill -9 of Drover, with ${progress.updated} of ${progress.selected} nodes on version 2.`)
    await sleep(1500)
    const { lowest } = prober.measureSince(diedAt)
    const answered = `lowest ${lowest} in 1.5 s without Drover`
    story.check('nodes outlive Drover, all but one that was being restarted', answered, lowest >= SIZE - 1)
    story.sayApart('Drover is started again.')
    await drover.start()
    await run(['update', 'watch', id])
    const { status } = await readNewestUpdate(drover)
    story.check('the update goes on and ends', status, status === 'Successful')
  })
  witness.checkBudget(seen)
  await witness.checkVersion('2')
  await witness.checkProcesses()
}

async function cleanUp(): Promise<void> {
  story.step('Delete the cluster, and stop Drover')
  await run(['cluster', 'delete', CLUSTER, '--yes', '--wait'])
  const exitCode = await drover.end('SIGTERM')
  const left = findNodeProcesses(drover.dataFolder).length
  story.check(
    'nothing is left running',
    `${left} processes, exit code ${exitCode}`,
    left === 0 && exitCode === 0,
  )
}

function update(version: string): string[] {
  return ['update', 'start', CLUSTER, '--bundle', `hello-http@${version}`]
}

function ms(duration: number): string {
  return `${Math.round(duration)} ms`
}

/** Runs a command of the CLI as a user would, and shows it. @returns its exit code */
async function show(args: readonly string[]): Promise<number> {
  story.command(args)
  // In a terminal, what watches an update draws its progress there.
  const isLive = process.stdout.isTTY === true && args.some((word) => word.endsWith('watch'))
  return drover.run(args, isLive ? 'live' : (line) => story.output(line))
}

async function run(args: readonly string[]): Promise<void> {
  const exitCode = await show(args)
  if (exitCode !== 0) throw new Error(`drover ${args.join(' ')}: exit code ${exitCode}`)
}

/** Ends early: says why, leaves nothing running, and fails. */
async function leave(because: string, exitCode = 1): Promise<never> {
  if (!isLeaving) {
    isLeaving = true
    story.failed(because)
    if (exitCode !== INTERRUPTED) story.log(drover.logTail(LOG_LINES))
    await drover.destroy()
    process.exit(exitCode)
  }
  // Somebody else is at it already.
  return new Promise(() => {})
}
