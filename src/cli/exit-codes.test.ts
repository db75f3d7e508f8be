import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type CliBench, createCliBench, runInProcess } from './test-bench.ts'

let bench: CliBench
before(async () => {
  bench = await createCliBench()
  await bench.json(['cluster', 'create', 'web', '--runtime', 'scripted', '--size', '3', '--wait'])
  const never = 'health={"passesAfterMs":"never"}'
  await bench.json(['profile', 'create', 'never-healthy', '--type', 'scripted', '--property', never])
})
after(() => bench.close())

const start = ['update', 'start', 'web']

const cases = [
  { name: 'success', argv: ['cluster', 'list'], code: 0, says: /web +Active +3\/3/ },
  { name: 'an unknown command', argv: ['clusters'], code: 2, says: /Did you mean cluster\?/ },
  { name: 'an unknown option', argv: ['cluster', 'list', '--sizes', '3'], code: 2, says: /--sizes/ },
  {
    name: 'a missing argument',
    argv: ['cluster', 'show'],
    code: 2,
    says: /missing required argument 'cluster'/,
  },
  { name: 'a noun without a verb', argv: ['cluster'], code: 2, says: /Usage: drover cluster/ },
  {
    name: 'a malformed number',
    argv: ['cluster', 'create', 'a', '--size', 'x'],
    code: 2,
    says: /whole number/,
  },
  {
    name: 'a malformed percentage',
    argv: [...start, '--max-unavailable', '1/2'],
    code: 2,
    says: /percentage like 25%/,
  },
  {
    name: 'a malformed duration',
    argv: [...start, '--wait', '--timeout', 'soon'],
    code: 2,
    says: /argument .soon. is invalid. It must be a duration like/,
  },
  { name: 'a malformed pair', argv: [...start, '--arg', 'threads'], code: 2, says: /key=value/ },
  {
    name: 'a malformed address',
    argv: ['whoami', '--server', 'localhost:1'],
    code: 2,
    says: /not an http or https address/,
  },
  { name: 'an empty name', argv: ['cluster', 'show', ''], code: 2, says: /"" is not a name or an id/ },
  { name: 'a missing confirmation', argv: ['cluster', 'delete', 'web'], code: 2, says: /add --yes/ },
  {
    name: 'a missing folder',
    argv: ['bundle', 'publish', '/nonexistent/web'],
    code: 2,
    says: /cannot read/,
  },
  {
    name: 'a refused value, with the field and the option that sets it',
    argv: [...start, '--max-unavailable', '0'],
    code: 5,
    says: /field: params\.maxUnavailable\nhint: this is what --max-unavailable sets/,
  },
  {
    name: 'a refused conflict',
    argv: ['profile', 'create', 'never-healthy', '--type', 'scripted'],
    code: 5,
    says: /exists already/,
  },
  {
    name: 'something that does not exist, with the command that lists what does',
    argv: ['cluster', 'show', 'nope'],
    code: 6,
    says: /error: cluster "nope" does not exist\nhint: see what there is with: drover cluster list/,
  },
  {
    name: 'a failed update, with what failed',
    argv: [...start, '--profile', 'never-healthy', '--node-timeout', '1s', '--wait'],
    code: 3,
    says: /Failed: .*\n {2}timed_out: web-1: not healthy within 1 s/,
  },
] as const

for (const { name, argv, code, says } of cases) {
  test(`${name} ends with ${code}`, async () => {
    const ran = await bench.run(argv)
    assert.equal(ran.code, code, ran.stderr)
    assert.match(code === 0 || code === 3 ? ran.stdout : ran.stderr, says)
    if (code === 2 || code > 4) assert.equal(ran.stdout, '')
  })
}

test('a wrong key ends with 7 and never shows the key', async () => {
  const key = 'drover_0000_notmine'
  const ran = await bench.run(['whoami'], { env: { DROVER_API_KEY: key } })
  assert.equal(ran.code, 7)
  assert.match(ran.stderr, /hint: the key came from DROVER_API_KEY/)
  assert.ok(!ran.stderr.includes(key))
})

test('no key at all ends with 7 and says where one was looked for', async () => {
  const ran = await bench.run(['whoami'], { env: { DROVER_DATA: '/nonexistent' } })
  assert.equal(ran.code, 7)
  assert.match(ran.stderr, /no API key was found \(looked at .*\/nonexistent\/admin\.key\)/)
})

test('a key that may not do it ends with 7', async () => {
  const { secret } = await bench.json<{ secret: string }>(['key', 'create', 'reader', '--role', 'viewer'])
  const ran = await bench.run(['cluster', 'scale-out', 'web'], { env: { DROVER_API_KEY: secret } })
  assert.equal(ran.code, 7)
  assert.match(ran.stderr, /drover whoami/)
})

test('a cancelled update ends with 4, one that takes too long with 8, another meanwhile is refused with 5', async () => {
  const argv = [...start, '--profile', 'never-healthy', '--node-timeout', '10m']
  const late = await bench.run([...argv, '--wait', '--timeout', '300ms'])
  assert.equal(late.code, 8)
  const [, id] = /drover update watch (\S+)/.exec(late.stderr)!
  assert.match(late.stderr, /did not end within 0\.3 s; it goes on/)

  const second = await bench.run(argv)
  assert.equal(second.code, 5)
  assert.match(second.stderr, new RegExp(`drover update cancel ${id}`))

  assert.equal((await bench.run(['update', 'cancel', id!, '--reason', 'enough'])).code, 0)
  assert.equal((await bench.run(['update', 'watch', id!])).code, 4)
})

test('a server that is not there ends with 9 and says how to start one', async () => {
  const ran = await runInProcess(['cluster', 'list', '--server', 'http://127.0.0.1:1'])
  assert.equal(ran.code, 9)
  assert.match(
    ran.stderr,
    /nothing listens at http:\/\/127\.0\.0\.1:1\nhint: start the server with: drover serve/,
  )
})

test('serve hands its settings over and answers with the exit code of the server', async () => {
  assert.equal((await runInProcess(['serve', '--listen', '127.0.0.1:0'])).code, 42)
})
