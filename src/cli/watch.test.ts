import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { type CliBench, createCliBench } from './test-bench.ts'

let bench: CliBench
before(async () => {
  bench = await createCliBench()
  await bench.json(['cluster', 'create', 'web', '--runtime', 'scripted', '--size', '4', '--wait'])
  const slow = 'latency={"startMs":30}'
  await bench.json(['profile', 'create', 'slow', '--type', 'scripted', '--property', slow])
  const never = 'health={"passesAfterMs":"never"}'
  await bench.json(['profile', 'create', 'never-healthy', '--type', 'scripted', '--property', never])
})
after(() => bench.close())

const start = ['update', 'start', 'web']

test('without a terminal, each change is a line, with the reason as the server gave it', async () => {
  const { code, stdout } = await bench.run([...start, '--profile', 'slow', '--watch'])
  assert.equal(code, 0)
  const lines = stdout.trimEnd().split('\n')
  assert.match(lines[0]!, /^update \S+ is accepted$/)
  for (const node of ['web-1', 'web-2', 'web-3', 'web-4']) {
    assert.equal(lines.filter((line) => line.includes(`node.updated  ${node}: `)).length, 1, stdout)
  }
  assert.match(
    lines.at(-2)!,
    /^\d\d:\d\d:\d\d {2}Successful {2}4 of 4 updated: 4 nodes on the target revision$/,
  )
  assert.equal(lines.at(-1), 'Update of web: revision 1 → 2: Successful: 4 nodes on the target revision')
  assert.ok(!stdout.includes('\u001b'))
})

test('for programs, each change is a line of JSON, and the last is the end', async () => {
  const { code, stdout } = await bench.run([...start, '--profile', 'scripted', '--watch', '-o', 'json'])
  assert.equal(code, 0)
  const changes = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual([...new Set(changes.map(({ kind }) => kind))].sort(), ['event', 'update'])
  assert.equal(changes.at(-1).status, 'Successful')
})

test('in a terminal, a screen is redrawn that never has more lines than fit', async () => {
  const terminal = { columns: 60, rows: 7 }
  const { code, stdout } = await bench.run([...start, '--profile', 'slow', '--watch'], { terminal })
  assert.equal(code, 0)
  const screens = stdout.split('\u001b[0J').slice(1)
  assert.ok(screens.length > 1)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this is how the cursor goes up
  for (const screen of screens.slice(0, -1).map((text) => text.replace(/\u001b\[\d+A$/, ''))) {
    const lines = stripVTControlCharacters(screen).trimEnd().split('\n')
    assert.ok(lines.length < terminal.rows, `${lines.length} lines`)
    for (const line of lines) assert.ok(line.length < terminal.columns, line)
  }
  assert.match(stdout, /web-1 .*updated/)
})

test('ctrl-C leaves the update running and says how to go on watching', async () => {
  const argv = [...start, '--profile', 'never-healthy', '--watch']
  const ran = await bench.run(argv, {
    onOutput: (printed, user) => {
      if (printed.includes('InProgress')) user.pressCtrlC()
    },
  })
  assert.equal(ran.code, 130)
  const [, id] =
    /error: update (\S+) goes on without you watching\nhint: watch it again: drover update watch/.exec(
      ran.stderr,
    )!
  const update = await bench.json<{ endedAt: string | null }>(['update', 'show', id!])
  assert.equal(update.endedAt, null)
  await bench.json(['update', 'cancel', id!])
  assert.equal((await bench.run(['update', 'watch', id!])).code, 4)
})

test('a stream that breaks is taken up again, and where there is none the server is asked', async () => {
  let streams = 0
  // Between the CLI and the server: cuts each stream right after it began.
  const proxy = createServer((incoming, outgoing) => {
    const isStream = incoming.url!.endsWith('/watch')
    if (isStream) streams += 1
    const onward = request(
      new URL(incoming.url!, bench.url),
      { method: incoming.method, headers: incoming.headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode!, answer.headers)
        if (isStream) answer.once('data', () => outgoing.destroy())
        answer.pipe(outgoing)
      },
    )
    incoming.pipe(onward)
    outgoing.on('close', () => onward.destroy())
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const { port } = proxy.address() as { port: number }
  try {
    const slow = 'latency={"startMs":400}'
    await bench.json(['profile', 'create', 'slower', '--type', 'scripted', '--property', slow])
    const argv = [...start, '--profile', 'slower', '--watch', '--server', `http://127.0.0.1:${port}`]
    const { code, stdout, stderr } = await bench.run(argv)
    assert.equal(code, 0, stderr)
    assert.match(stdout, /Successful: 4 nodes/)
    assert.ok(streams >= 2, `${streams} streams`)
  } finally {
    proxy.closeAllConnections()
    await new Promise((resolve) => proxy.close(resolve))
  }
})

test('events are shown as they happen, until ctrl-C', async () => {
  let began: Promise<unknown> | null = null
  const ran = await bench.run(['event', 'watch', '--cluster', 'web', '--after', '0'], {
    onOutput: (printed, user) => {
      began ??= bench.json(['cluster', 'check', 'web', '--wait'])
      if (printed.includes('CLUSTER_CHECK')) user.pressCtrlC()
    },
  })
  await began
  assert.equal(ran.code, 130)
  assert.match(ran.stdout, /^\d\d:\d\d:\d\d {2}cluster\.\S+ {2}/m)
})

test("a node's output is shown, and followed until ctrl-C", async () => {
  const folder = join(bench.folder, 'talker')
  await mkdir(folder)
  await writeFile(join(folder, 'talk.sh'), 'echo first; echo second; exec sleep 600\n')
  await bench.json(['up', folder, '--script', 'talk.sh', '--size', '1'])
  try {
    const logs = ['node', 'logs', 'talker', 'talker-1']
    await until(async () => (await bench.run(logs)).stdout === 'first\nsecond\n')
    assert.equal((await bench.run([...logs, '--tail', '1'])).stdout, 'second\n')
    const followed = await bench.run([...logs, '--tail', '1', '-f'], {
      onOutput: (printed, user) => {
        if (printed.includes('second')) user.pressCtrlC()
      },
    })
    assert.deepEqual([followed.code, followed.stdout], [130, 'second\n'])
  } finally {
    await bench.json(['cluster', 'delete', 'talker', '--yes', '--wait'])
  }
})

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 10_000; !(await isTrue()); ) {
    assert.ok(Date.now() < deadline, 'it did not become true within 10 s')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
