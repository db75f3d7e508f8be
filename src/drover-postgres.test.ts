import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { onPostgres, testPostgres } from './store/test-databases.ts'

interface Server {
  readonly child: ChildProcess
  readonly url: string
  said(): string
}

onPostgres(() => {
  const servers: Server[] = []
  let folder = ''
  afterEach(async () => {
    for (const { child } of servers.splice(0)) await kill(child)
    await rm(folder, { recursive: true, force: true })
  })

  test('two servers share one database; what one accepted, the other finishes when that one is killed', async () => {
    folder = await mkdtemp(join(tmpdir(), 'drover-two-'))
    const database = await (await testPostgres()).createDatabase()
    servers.push(...(await Promise.all([serve(folder, database), serve(folder, database)])))
    const [one, other] = servers as [Server, Server]
    const key = (await readFile(join(folder, 'admin.key'), 'utf8')).trim()
    const ask = async (server: Server, method: string, path: string, body?: object) => {
      const response = await fetch(`${server.url}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      })
      const answer = (await response.json()) as Record<string, unknown>
      assert.ok(response.ok, JSON.stringify(answer))
      return answer
    }
    const untilFound = async (what: string, look: () => Promise<boolean>) => {
      const end = Date.now() + 20_000
      while (!(await look())) {
        assert.ok(Date.now() < end, `waited too long for ${what}`)
        await wait(50)
      }
    }
    const of = '/projects/default'
    for (const [name, startMs] of Object.entries({ old: 1, new: 300 })) {
      const profile = { name, type: 'scripted', properties: { latency: { startMs } } }
      await ask(one, 'POST', `${of}/profiles`, profile)
    }
    // Whichever engine is going to have them, each server has some of what the other one's engine does.
    const names = ['a', 'b', 'c', 'd']
    for (const name of names) await ask(one, 'POST', `${of}/clusters`, { name, profile: 'old', size: 4 })
    for (const name of names) {
      await untilFound(`cluster ${name}`, async () => {
        return (await ask(other, 'GET', `${of}/clusters/${name}`))['status'] === 'Active'
      })
    }
    const engines = (await ask(other, 'GET', '/engines'))['items'] as unknown[]
    assert.equal(engines.length, 2)
    const started = await Promise.all(
      names.map((name) => ask(one, 'POST', `${of}/clusters/${name}/updates`, { profile: 'new' })),
    )
    await kill(one.child)
    for (const answer of started) {
      const { id } = (answer['update'] ?? answer) as { readonly id: string }
      await untilFound(`update ${id}`, async () => {
        return (await ask(other, 'GET', `${of}/updates/${id}`))['status'] === 'Successful'
      })
    }
    const password = new URL(database).password
    for (const server of servers) assert.ok(!server.said().includes(password))
  })
})

async function serve(data: string, database: string): Promise<Server> {
  const args = [
    'serve',
    '--data',
    data,
    '--listen',
    '127.0.0.1:0',
    '--simulate',
    '--engine-lease-seconds',
    '2',
  ]
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
    env: { ...process.env, DROVER_DATABASE: database },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  for await (const line of createInterface({ input: child.stdout })) {
    said += line
    const url = /listens on (\S+),/.exec(line)?.[1]
    if (url) return { child, url, said: () => said }
  }
  return assert.fail(`the server ended: ${said}`)
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
