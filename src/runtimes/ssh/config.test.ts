import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { InvalidSpecError } from '../../domain/errors.ts'
import type { JsonObject } from '../../domain/ids.ts'
import { nodeRef } from '../conformance.ts'
import type { ResolveInput } from '../runtime.ts'
import { resolveSettings } from './config.ts'
import { candidatesFor, hostId, routeOf, targetOf } from './inventory.ts'
import { readSettings } from './settings.ts'

const ONE = { address: '10.0.0.1' }

function resolve(properties: JsonObject, more: Partial<ResolveInput> = {}) {
  const resolved = resolveSettings({
    ...{ version: '1.0', manifest: null, nodeTemplate: {}, initializationScript: null, hasCode: true },
    properties: { command: ['serve'], password: 'secret', ...properties },
    ...more,
  })
  return { ...resolved, settings: readSettings(resolved.settings) }
}

describe('resolving a profile of hosts', () => {
  let folder: string
  let keys: { plain: string; locked: string }
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'drover-keys-'))
    const make = (name: string, passphrase: string) => {
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-f', join(folder, name)])
      return readFileSync(join(folder, name), 'utf8')
    }
    keys = { plain: make('plain', ''), locked: make('locked', 'open sesame') }
  })
  after(() => rmSync(folder, { recursive: true }))

  test('fills in every default', () => {
    const { settings, healthCheck } = resolve({ hosts: [ONE] })
    const login = { user: 'root', password: 'secret', privateKey: null, passphrase: null, port: 22 }
    assert.deepEqual(healthCheck, { type: 'alive', minUptimeSeconds: 1 })
    assert.deepEqual(settings, {
      hosts: [{ ...ONE, ...login, hostKey: null, zone: null }],
      ...{ login, jumpHost: null, acceptNewHostKeys: true, sudo: false, folder: '.drover', service: 'auto' },
      ...{ keepReleases: 3, driftSeconds: 60, command: ['serve'], environment: {}, servicePort: null },
      ...{ argumentForm: 'dash', stopGraceSeconds: 10, hooks: {}, preStopFailure: 'keep' },
    })
  })

  test('gives each host what the profile says of all, and a host with a login of its own only that', () => {
    const own = {
      address: 'b',
      sshPort: 2222,
      user: 'ada',
      privateKey: keys.locked,
      passphrase: 'open sesame',
    }
    const { hosts } = resolve({ hosts: [ONE, own], user: 'deploy', sshPort: 2200 }).settings
    const names = hosts.map(({ address, port, user, password }) => [address, port, user, password])
    assert.deepEqual(names, [
      ['10.0.0.1', 2200, 'deploy', 'secret'],
      ['b', 2222, 'ada', null],
    ])
  })

  test('takes the login of the node template where the profile has none, unless it is a hash', () => {
    const nodeTemplate = { login: { userName: 'cce', password: 'clear' } }
    const { login } = resolve({ hosts: [ONE], password: null }, { nodeTemplate }).settings
    assert.deepEqual([login.user, login.password], ['cce', 'clear'])
    assert.equal(resolve({ hosts: [ONE] }, { nodeTemplate }).settings.login.password, 'secret')
    const hashed = { login: { userName: 'cce', password: '$6$salt$hash' } }
    assert.throws(() => resolve({ hosts: [ONE], password: null }, { nodeTemplate: hashed }), InvalidSpecError)
  })

  const refusals: readonly [string, () => JsonObject, string, RegExp][] = [
    [
      'an unknown property of a host',
      () => ({ hosts: [{ adress: 'a' }] }),
      'properties.hosts[0].adress',
      /"address"/,
    ],
    [
      'a host twice',
      () => ({ hosts: [ONE, ONE] }),
      'properties.hosts[1].address',
      /10.0.0.1:22 is listed twice/,
    ],
    ['no way to log in', () => ({ hosts: [ONE], password: null }), 'privateKey', /log in with for 10.0.0.1/],
    ['what is no key', () => ({ privateKey: 'hush' }), 'properties.privateKey', /PEM or OpenSSH/],
    ['a locked key', () => ({ privateKey: keys.locked }), 'properties.privateKey', /passphrase/],
    [
      'a wrong passphrase',
      () => ({ privateKey: keys.locked, passphrase: 'hush' }),
      'properties.privateKey',
      /passphrase/,
    ],
    [
      'what is no host key',
      () => ({ hosts: [{ ...ONE, hostKey: 'x' }] }),
      'properties.hosts[0].hostKey',
      /ssh-keyscan/,
    ],
    [
      'a check of no port',
      () => ({ hosts: [ONE], healthCheck: { type: 'tcp' } }),
      'port',
      /has a host of its own/,
    ],
    [
      'a broken check',
      () => ({ hosts: [ONE], healthCheck: { type: 'http' } }),
      'properties.healthCheck',
      /./,
    ],
    ['a broken hook', () => ({ hosts: [ONE], hooks: { preStar: {} } }), 'properties.hooks.preStar', /./],
    [
      'a broken variable',
      () => ({ hosts: [ONE], environment: { 'a-b': '' } }),
      'properties.environment.a-b',
      /./,
    ],
  ]
  for (const [name, properties, field, message] of refusals) {
    test(`refuses ${name}, naming ${field} and no secret`, () => {
      assert.throws(
        () => resolve(properties()),
        (error) => {
          assert.ok(error instanceof InvalidSpecError, String(error))
          assert.equal(error.field, field)
          assert.match(error.message, message)
          assert.doesNotMatch(error.message, /hush|secret|BEGIN/)
          return true
        },
      )
    })
  }
})

describe('which hosts a node may have', () => {
  const hosts = [
    { address: 'A.example', zone: 'east' },
    { address: 'b.example', sshPort: 2222, zone: 'west' },
    { address: 'fe80::1' },
  ]
  const { settings } = resolve({ hosts, jumpHost: { address: 'jump' } })
  const node = nodeRef('n', 1)
  const cases = [
    { name: 'all, in their order', node, want: ['a.example:22', 'b.example:2222', '[fe80::1]:22'] },
    {
      name: 'those of its zone, and of none',
      node: { ...node, placement: { zone: 'west' } },
      want: ['b.example:2222', '[fe80::1]:22'],
    },
    { name: 'the one it names', node: { ...node, host: '10.1.1.1' }, want: ['10.1.1.1:22'] },
    { name: 'the one it names, at its port', node: { ...node, host: '10.1.1.1:23' }, want: ['10.1.1.1:23'] },
    {
      name: 'the one it names, at the port that is listed',
      node: { ...node, host: 'b.example' },
      want: ['b.example:2222'],
    },
    { name: 'an address with colons', node: { ...node, host: '[fe80::2]:24' }, want: ['[fe80::2]:24'] },
  ]
  for (const each of cases) {
    test(each.name, () => assert.deepEqual(candidatesFor(settings, each.node), each.want))
  }

  test('a name that is none is refused', () => {
    assert.throws(
      () => candidatesFor(settings, { ...node, host: 'a b' }),
      /"a b" must be an address, or address:port/,
    )
  })

  test('the way to a host is what is listed, or the common login, and its key is kept by the way', () => {
    const listed = targetOf(settings, 'b.example:2222')
    const named = targetOf(settings, hostId('10.1.1.1', 23))
    assert.deepEqual([listed.host.port, named.host.address, named.host.port], [2222, '10.1.1.1', 23])
    assert.equal(routeOf(named), '10.1.1.1:23 via jump:22')
    assert.equal(routeOf({ ...named, jumpHost: null }), '10.1.1.1:23')
  })
})
