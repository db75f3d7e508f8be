import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { createProcessTable, isDead, parseStat } from './process-table.ts'

test('a stat line is read right whatever the program calls itself', () => {
  const rest = 'S 7 42 43 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 9 0 8675309 1 2 3'
  const want = { state: 'S', group: 42, session: 43, threads: 9, start: '8675309' }
  for (const name of ['sleep', 'a b', ') Z 1 1 1 (', 'tmux: server']) {
    assert.deepEqual(parseStat(`41 (${name}) ${rest}\n`), want)
  }
  assert.equal(parseStat('41 (cut'), null)
})

test('a zombie is dead, but not before its last thread', () => {
  assert.equal(isDead({ state: 'Z', threads: 1 }), true)
  assert.equal(isDead({ state: 'Z', threads: 4 }), false)
  assert.equal(isDead({ state: 'D', threads: 1 }), false)
})

test('processes are told apart by their start, and the dead have none', async () => {
  const table = createProcessTable()
  const child = spawn('sleep', ['600'], { detached: true, env: { MARK: 'x' } })
  const start = table.startOf(child.pid!)
  assert.equal(table.startOf(child.pid!), start)
  assert.ok(start)
  assert.ok(table.membersOf(child.pid!).some((member) => member.pid === child.pid))
  if (existsSync('/proc/self/environ')) assert.equal(table.hasEnvironment(child.pid!, 'MARK=x'), true)
  child.kill('SIGKILL')
  await new Promise((resolve) => child.on('exit', resolve))
  assert.equal(table.startOf(child.pid!), null)
  assert.deepEqual(table.membersOf(child.pid!), [])
})

test('a search finds what was created since the one before, and nothing that ended', async () => {
  const table = createProcessTable()
  const child = spawn('sh', ['-c', 'read -r line; sleep 600 & read -r line; kill $!; wait; read -r line'], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const session = child.pid!
  const pids = () => table.membersOf(session).map(({ pid }) => pid)
  const untilThereAre = async (count: number) => {
    for (const end = Date.now() + 10_000; pids().length !== count; ) {
      assert.ok(Date.now() < end, `${pids().length} members`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    return pids()
  }
  try {
    assert.deepEqual([pids(), pids()], [[session], [session]])
    child.stdin.write('\n')
    const both = await untilThereAre(2)
    assert.ok(both.includes(session))
    assert.deepEqual(pids().toSorted(), both.toSorted())
    child.stdin.write('\n')
    assert.deepEqual(await untilThereAre(1), [session])
  } finally {
    process.kill(-session, 'SIGKILL')
  }
  await new Promise((resolve) => child.on('exit', resolve))
  assert.deepEqual(pids(), [])
})
