import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import test from 'node:test'
import { InvalidBundleError } from '../domain/errors.ts'
import { MAX_MANIFEST_BYTES, parseManifest } from './manifest.ts'
import { manifestJsonSchema } from './manifest-schema.ts'

const parse = (text: string | Buffer) => parseManifest(Buffer.from(text as string), 'drover.yaml')

test('reads a manifest with everything in it', () => {
  const manifest = parse(`
name: pricing
version: "1.10"
command: [./serve, --port, $PORT]
environment: { MODE: live, RETRIES: "3" }
port: true
healthCheck: { type: http, path: /ready, intervalSeconds: 0.5, healthyThreshold: 2, startPeriodSeconds: 0 }
hooks:
  preStop: { command: [./drain], timeoutSeconds: 30 }
stopGraceSeconds: 20
`)
  assert.deepEqual(manifest, {
    name: 'pricing',
    version: '1.10',
    command: ['./serve', '--port', '$PORT'],
    environment: { MODE: 'live', RETRIES: '3' },
    port: true,
    healthCheck: {
      type: 'http',
      path: '/ready',
      intervalSeconds: 0.5,
      healthyThreshold: 2,
      startPeriodSeconds: 0,
    },
    hooks: { preStop: { command: ['./drain'], timeoutSeconds: 30 } },
    stopGraceSeconds: 20,
  })
})

test('takes an empty file for an empty manifest', () => {
  assert.deepEqual(parse(''), {})
  assert.deepEqual(parse('# nothing yet\n'), {})
})

test('lets a value be used twice through an alias', () => {
  const manifest = parse('hooks: { preStop: &hook { command: [a] }, postStart: *hook }')
  assert.deepEqual(manifest.hooks?.postStart, { command: ['a'] })
})

const refused: readonly { text: string | Buffer; message: string | RegExp }[] = [
  {
    text: 'healthCheck: { type: tcp, intervalSeconds: 0 }',
    message: 'healthCheck.intervalSeconds must be > 0',
  },
  { text: 'healthCheck: { type: http }', message: "healthCheck must have required property 'path'" },
  { text: 'healthCheck: { type: http, path: ready }', message: 'healthCheck.path must match pattern "^/"' },
  {
    text: 'healthCheck: { type: htp }',
    message: 'healthCheck must have a type, one of: alive, http, tcp, command',
  },
  {
    text: 'healthCheck: { port: 80 }',
    message: 'healthCheck must have a type, one of: alive, http, tcp, command',
  },
  { text: 'healthCheck: alive', message: 'healthCheck must be object' },
  { text: 'healthCheck: { type: tcp, port: 70000 }', message: 'healthCheck.port must be <= 65535' },
  { text: 'helthCheck: {}', message: 'helthCheck is not a known key; did you mean "healthCheck"?' },
  {
    text: 'hooks: { preStop: { command: [a], timeout: 3 } }',
    message: /preStop\.timeout .* "timeoutSeconds"\?/,
  },
  { text: 'colour: red', message: /colour is not a known key; known are: name, version, command, / },
  { text: '__proto__: { port: true }', message: /__proto__ is not a known key/ },
  { text: 'version: 1.10', message: 'version must be string; put the value in quotes' },
  { text: 'environment: { A-B: x }', message: /environment\.A-B is refused: its name must match/ },
  { text: 'command: []', message: 'command must NOT have fewer than 1 items' },
  { text: 'command: ["a\\0b"]', message: /command\.0 must match pattern/ },
  { text: 'command: [a]\ninitializationScript: b', message: /exclude each other/ },
  { text: 'name: a b', message: /name must match pattern/ },
  { text: 'just a sentence', message: 'its content must be object' },
  { text: '[', message: /not valid YAML/ },
  { text: 'name: a\nname: b', message: /not valid YAML: Map keys must be unique at line 2/ },
  { text: 'name: a\n---\nname: b', message: /not valid YAML/ },
  { text: 'name: !!js/function "x"', message: /not valid YAML: Unresolved tag/ },
  { text: 'name: !secret x', message: /not valid YAML: Unresolved tag: !secret/ },
  { text: Buffer.from([0x61, 0xff]), message: /not valid YAML: .*not valid/ },
  { text: `# ${'x'.repeat(MAX_MANIFEST_BYTES)}`, message: 'it is longer than 65536 bytes, the limit' },
  {
    text: ['a: &a [x, x]', ...[...'bcdefgh'].map(doubled), ''].join('\n'),
    message: /not valid YAML: Excessive alias count/,
  },
]

for (const { text, message } of refused) {
  test(`refuses a manifest with: ${JSON.stringify(text.toString().slice(0, 60))}`, () => {
    assert.throws(
      () => parse(text),
      (error) => {
        assert.ok(error instanceof InvalidBundleError)
        if (typeof message === 'string') assert.equal(error.message, `drover.yaml: ${message}`)
        else assert.match(error.message, message)
        return true
      },
    )
  })
}

test('names every rule that is broken, one a line', () => {
  assert.throws(() => parse('port: 1\nstopGraceSeconds: -1\nnmae: a'), {
    message: [
      'drover.yaml: nmae is not a known key; did you mean "name"?',
      'drover.yaml: port must be boolean',
      'drover.yaml: stopGraceSeconds must be >= 0',
    ].join('\n'),
  })
})

test('publishes the schema it checks with', async () => {
  const published = await readFile(new URL('../../docs/drover.schema.json', import.meta.url), 'utf8')
  assert.deepEqual(JSON.parse(published), manifestJsonSchema())
})

/** `b: &b [*a, …]`: each line ten times as long as the one before, once it is written out. */
function doubled(letter: string): string {
  const before = String.fromCharCode(letter.charCodeAt(0) - 1)
  return `${letter}: &${letter} [${Array.from({ length: 10 }, () => `*${before}`).join(', ')}]`
}
