import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { skipHosts, TestHosts } from '../../src/runtimes/ssh/test-hosts.ts'
import { Drover } from '../../system/drover.ts'
import { waitFor } from '../../system/wait-for.ts'
import { openVenv, type Venv } from '../venv.ts'
import { clientEnvironment } from './environment.ts'

const LISTED = 4
const ADDED = 2
const venv = await openVenv(join(import.meta.dirname, 'requirements-newest.txt'))
const skip = skipHosts || (typeof venv === 'string' && venv)

describe('Huawei Cloud’s client with nodes that are hosts', { skip }, () => {
  let hosts: TestHosts
  let drover: Drover
  before(async () => {
    hosts = await TestHosts.begin(LISTED + ADDED)
    drover = await Drover.prepare({ flags: ['--listen', 'cce=127.0.0.1:0'] })
    await drover.start()
    const listed = hosts.hosts.slice(0, LISTED).map(({ address, port }) => ({ address, sshPort: port }))
    await makeProfile('listed', listed)
    await makeProfile('added', [])
  })
  after(async () => {
    await drover?.destroy()
    await hosts?.close()
  })

  async function makeProfile(name: string, listed: readonly object[]): Promise<void> {
    const login = { user: hosts.user, privateKey: hosts.privateKey }
    const properties = { hosts: listed, ...login, command: ['sleep', '600'], service: 'supervised' }
    const answer = await drover.ask('POST', '/profiles', { body: { name, type: 'ssh', properties } })
    assert.equal(answer.status, 201, JSON.stringify(answer.body))
  }

  test('synchronises six of them, never more than two at a time', async () => {
    const script = join(import.meta.dirname, 'hosts.py')
    const printed = await (venv as Venv).run('python', [script], {
      ...(await clientEnvironment(drover)),
      ADDED: hosts.hosts
        .slice(LISTED)
        .map(({ id }) => id)
        .join(','),
      // Every host has a home of its own.
      MARK: '"$HOME/synchronised"',
    })
    assert.deepEqual(JSON.parse(printed), {
      added: 'Success',
      pool: 'Success',
      'up to date': Array(LISTED + ADDED).fill(true),
      'default pool': 'Success',
    })
    const marks = hosts.hosts.map(({ folder }) => readFileSync(join(folder, 'synchronised'), 'utf8').trim())
    assert.deepEqual(marks, [...Array(LISTED).fill('pool'), ...Array(ADDED).fill('default')])
    const { items } = await drover.get<{ items: readonly { progress: { highestUnavailable: number } }[] }>(
      '/updates',
    )
    assert.deepEqual(
      items.map(({ progress }) => progress.highestUnavailable),
      [2, 2],
    )
    // Its updates go with it, so not before they were read.
    assert.equal((await drover.ask('DELETE', '/clusters/hosts')).status, 202)
    await waitFor(
      'the cluster is gone',
      60_000,
      async () => (await drover.ask('GET', '/clusters/hosts')).status === 404,
    )
  })
})
