import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { InvalidSpecError } from '../../domain/errors.ts'
import type { JsonObject } from '../../domain/ids.ts'
import { defaultInterpreters } from '../command-line.ts'
import type { ResolveInput } from '../runtime.ts'
import { resolveSettings } from './config.ts'
import { readSettings } from './settings.ts'

const interpreters = defaultInterpreters('/opt/node')

function resolve(properties: JsonObject, more: Partial<ResolveInput> = {}) {
  const input: ResolveInput = {
    version: '1.0',
    properties,
    manifest: null,
    nodeTemplate: {},
    initializationScript: null,
    hasCode: true,
    ...more,
  }
  const resolved = resolveSettings(input, interpreters)
  return { ...resolved, settings: readSettings(resolved.settings) }
}

describe('resolving a process profile', () => {
  test('fills in every default', () => {
    const { settings, healthCheck, initializationScript } = resolve({ command: ['serve'] })
    assert.deepEqual(healthCheck, { type: 'alive', minUptimeSeconds: 1 })
    assert.equal(initializationScript, null)
    assert.deepEqual(settings, {
      command: ['serve'],
      environment: {},
      passEnvironment: ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'],
      port: null,
      argumentForm: 'dash',
      stopGraceSeconds: 10,
      hooks: {},
      preStopFailure: 'keep',
      user: null,
      limits: { memoryBytes: null, openFiles: null },
    })
  })

  test('lets the profile override the manifest, variable by variable and hook by hook', () => {
    const hook = (word: string) => ({ command: [word] })
    const { settings, healthCheck } = resolve(
      { environment: { A: 'profile' }, hooks: { preStop: hook('profile') }, stopGraceSeconds: 3 },
      {
        manifest: {
          command: ['serve'],
          environment: { A: 'manifest', B: 'manifest' },
          hooks: { preStop: hook('manifest'), postStart: hook('manifest'), preInstall: hook('manifest') },
          stopGraceSeconds: 20,
          port: true,
          healthCheck: { type: 'tcp' },
        },
        nodeTemplate: { hooks: { postStart: hook('template') } },
      },
    )
    assert.deepEqual(settings.environment, { A: 'profile', B: 'manifest' })
    assert.deepEqual(settings.hooks, {
      preStop: hook('profile'),
      postStart: hook('template'),
      preInstall: hook('manifest'),
    })
    assert.equal(settings.stopGraceSeconds, 3)
    assert.equal(settings.port, 'host')
    assert.deepEqual(healthCheck, { type: 'tcp' })
  })

  test('lets the script of the code configuration override the manifest altogether', () => {
    const more = { manifest: { command: ['serve'] }, initializationScript: 'main.py' }
    const { settings, initializationScript } = resolve({}, more)
    assert.deepEqual([settings.command, initializationScript], [null, 'main.py'])
  })

  const refusals: readonly [string, JsonObject, Partial<ResolveInput>, string, RegExp][] = [
    ['an unknown property', { comand: ['x'] }, {}, 'comand', /did you mean "command"/],
    ['a value out of bounds', { command: ['x'], limits: { openFiles: 1 } }, {}, 'limits.openFiles', />= 16/],
    ['nothing to run', {}, {}, 'command', /nothing to run/],
    [
      'a script without code',
      {},
      { hasCode: false, initializationScript: 'a.sh' },
      'initializationScript',
      /needs code/,
    ],
    [
      'a script outside the bundle',
      {},
      { initializationScript: '../a.sh' },
      'initializationScript',
      /inside the bundle/,
    ],
    [
      'an unknown ending',
      {},
      { initializationScript: 'a.rb' },
      'initializationScript',
      /known endings: \.js .*\.q/,
    ],
    [
      'a check of no port',
      { command: ['x'], healthCheck: { type: 'http', path: '/' } },
      {},
      'healthCheck.port',
      /port: true/,
    ],
    ['a range upside down', { command: ['x'], port: { from: 9, to: 8 } }, {}, 'port', /must not be above/],
    [
      'an unknown hook',
      { command: ['x'] },
      { nodeTemplate: { hooks: { preStar: {} } } as never },
      'hooks.preStar',
      /known/,
    ],
  ]
  for (const [name, properties, more, field, message] of refusals) {
    test(`refuses ${name}, naming ${field}`, () => {
      assert.throws(
        () => resolve(properties, more),
        (error) => {
          assert.ok(error instanceof InvalidSpecError, String(error))
          assert.equal(error.field, field)
          assert.match(error.message, message)
          return true
        },
      )
    })
  }
})
