import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadConfig, resolveConfig } from './config.ts'
import { describeSettings } from './describe.ts'
import { SETTING_ENTRIES } from './entries.ts'
import { pickVariables } from './environment.ts'
import { toFlags } from './flags.ts'

const host = { folder: '/here', home: '/home/ann', isRoot: false }
const nothing = { flags: {}, env: {}, file: null, host }
const file = (text: string) => ({ path: '/etc/drover/drover.yaml', text })

test('a flag wins over a variable, a variable over the file, the file over the default', () => {
  const yaml = file('engine: { leaseSeconds: 20, pollSeconds: 20, maxOperations: 20 }')
  const env = { DROVER_ENGINE_LEASE_SECONDS: '30', DROVER_ENGINE_POLL_SECONDS: '30' }
  const flags = { 'engine.leaseSeconds': '40' }
  const { engine } = resolveConfig({ ...nothing, flags, env, file: yaml })
  assert.deepEqual(engine, { leaseSeconds: 40, pollSeconds: 30, maxOperations: 20, maxChecks: 256 })
})

test('the data folder follows the user, and the database follows the data folder', () => {
  const cases = [
    { name: 'home', sources: nothing, data: '/home/ann/.local/share/drover' },
    { name: 'XDG', sources: { ...nothing, env: { XDG_DATA_HOME: '/xdg' } }, data: '/xdg/drover' },
    {
      name: 'a relative XDG folder counts as unset',
      sources: { ...nothing, env: { XDG_DATA_HOME: 'xdg' } },
      data: '/home/ann/.local/share/drover',
    },
    { name: 'root', sources: { ...nothing, host: { ...host, isRoot: true } }, data: '/var/lib/drover' },
    { name: 'variable', sources: { ...nothing, env: { DROVER_DATA: 'mine' } }, data: '/here/mine' },
    { name: 'flag', sources: { ...nothing, flags: { data: '/flag' } }, data: '/flag' },
    { name: 'file', sources: { ...nothing, file: file('data: mine') }, data: '/etc/drover/mine' },
  ]
  for (const { name, sources, data } of cases) {
    const config = resolveConfig(sources)
    assert.equal(config.data, data, name)
    assert.equal(config.database, join(data, 'drover.db'), name)
  }
})

test('values are read in the forms that each source has', () => {
  const env = {
    DROVER_BUNDLES_MAX_ARCHIVE_BYTES: '64MiB',
    DROVER_PROCESS_PASS_ENVIRONMENT: 'PATH, TZ',
    DROVER_PROCESS_INTERPRETERS: '{".rb":["ruby","-w"]}',
    DROVER_LISTEN: '[::1]:0',
    DROVER_HTTP_METRICS_AUTH: 'false',
    DROVER_LOG_LEVEL: '',
  }
  const yaml = file('bundles: { maxUnpackedBytes: 4096 }\nprocess:\n  logs:\ntls:\n  cert:\n')
  const config = resolveConfig({ ...nothing, env, file: yaml, flags: { allowInsecureListen: true } })
  assert.equal(config.bundles.maxArchiveBytes, 64 * 1024 ** 2)
  assert.equal(config.bundles.maxUnpackedBytes, 4096)
  assert.deepEqual(config.process.passEnvironment, ['PATH', 'TZ'])
  assert.deepEqual(config.process.interpreters, { '.rb': ['ruby', '-w'] })
  assert.deepEqual(config.listen, { host: '::1', port: 0, gateways: {} })
  assert.equal(config.http.metricsAuth, false)
  assert.equal(config.allowInsecureListen, true)
  assert.equal(config.logLevel, 'info')
  assert.equal(config.tls.cert, null)
})

test('what is wrong is named, with where it came from and the way out', () => {
  const cases = [
    {
      sources: { file: file('listn: 127.0.0.1:1') },
      says: /^listn: .*drover\.yaml.* did you mean "listen"\?$/,
    },
    {
      sources: { file: file('engine: { maxOperation: 1 }') },
      says: /did you mean "engine.maxOperations"\?$/,
    },
    { sources: { file: file('colour: blue') }, says: /docs\/config.md lists them all$/ },
    { sources: { file: file('engine: 3') }, says: /^engine: .* is a group of settings/ },
    { sources: { file: file('- a') }, says: /must hold settings by name/ },
    { sources: { file: file('a: [') }, says: /is not YAML/ },
    { sources: { env: { DROVER_LISTN: 'x' } }, says: /^DROVER_LISTN: .* did you mean DROVER_LISTEN\?$/ },
    {
      sources: { env: { DROVER_ENGINE_LEASE_SECONDS: 'soon' } },
      says: /^engine.leaseSeconds: "soon" \(from DROVER_ENGINE_LEASE_SECONDS\) is not a whole number from 1 to 300$/,
    },
    { sources: { flags: { 'engine.pollSeconds': '0' } }, says: /"0" \(from --engine-poll-seconds\)/ },
    { sources: { env: { DROVER_PROCESS_INTERPRETERS: '{"py":["x"]}' } }, says: /^process.interpreters: / },
    { sources: { flags: { 'process.portFrom': '30000' } }, says: /must not be above process.portTo, 29999/ },
    { sources: { flags: { logLevel: 'loud' } }, says: /is not one of trace, debug, info/ },
  ]
  for (const { sources, says } of cases) {
    assert.throws(() => resolveConfig({ ...nothing, ...sources }), { code: 'invalid_spec', message: says })
  }
})

test('variables of clients and nodes are none of the server’s business', () => {
  const names = [
    'URL',
    'API_KEY',
    'PROJECT',
    'NODE',
    'NODE_ID',
    'REVISION',
    'CLUSTER',
    'VERSION',
    'INDEX',
    'POOL',
  ]
  const env = Object.fromEntries(names.map((name) => [`DROVER_${name}`, 'x']))
  assert.doesNotThrow(() => resolveConfig({ ...nothing, env }))
})

test('the file that --config or DROVER_CONFIG names is read, and TLS files are looked at', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'drover-config-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const here = { ...host, folder, env: {} }
  const write = (name: string, text: string, mode: number) => {
    writeFileSync(join(folder, name), text)
    chmodSync(join(folder, name), mode)
  }
  write('drover.yaml', 'tls: { cert: cert.pem, key: key.pem }\nlisten: 0.0.0.0:7717', 0o644)
  assert.throws(() => loadConfig({ configPath: 'none.yaml' }, here), {
    code: 'invalid_spec',
    message: /none\.yaml/,
  })
  assert.throws(() => loadConfig({ configPath: 'drover.yaml' }, here), {
    message: /^tls\.cert: cannot be read/,
  })
  write('cert.pem', 'certificate', 0o644)
  write('key.pem', 'key', 0o644)
  assert.throws(() => loadConfig({ configPath: 'drover.yaml' }, here), { message: /^tls\.key: .*chmod 600/ })
  chmodSync(join(folder, 'key.pem'), 0o600)
  const config = loadConfig({}, { ...here, env: { DROVER_CONFIG: 'drover.yaml' } })
  assert.equal(config.tls.key, join(folder, 'key.pem'))
})

test('every setting is described, and no two share a name, a variable or a flag', () => {
  const document = describeSettings()
  for (const { name } of SETTING_ENTRIES) assert.ok(document.includes(`### ${name}\n`), name)
  for (const key of ['name', 'variable', 'flag'] as const) {
    assert.equal(new Set(SETTING_ENTRIES.map((entry) => entry[key])).size, SETTING_ENTRIES.length)
  }
})

test('nodes can be handed only the variables that the operator named', () => {
  const env = { PATH: '/bin', DATABASE_PASSWORD: 'secret', TZ: undefined }
  assert.deepEqual(pickVariables(env, ['PATH', 'TZ', 'HOME']), {
    PATH: '/bin',
    TZ: undefined,
    HOME: undefined,
  })
})

test('what a command-line parser gives becomes flags, and what is no setting is left out', () => {
  const options = {
    engineLeaseSeconds: '9',
    tlsCert: 'cert.pem',
    allowInsecureListen: true,
    data: undefined,
    simulate: true,
  }
  const flags = { 'engine.leaseSeconds': '9', 'tls.cert': 'cert.pem', allowInsecureListen: true }
  assert.deepEqual(toFlags(options), flags)
})
