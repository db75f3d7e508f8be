import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type CliBench, createCliBench } from './test-bench.ts'

let bench: CliBench
before(async () => {
  bench = await createCliBench()
})
after(() => bench.close())

const file = (name: string) => join(bench.folder, name)
const read = (name: string) => readFileSync(file(name), 'utf8').trim()

test('a user logs in with a password that is on no command line, and works with the token', async () => {
  const made = await bench.run(
    ['user', 'create', 'ada', '--project', 'default', '--role', 'member', '--password-file', '-'],
    { input: 'correct horse\n' },
  )
  assert.equal(made.code, 0, made.stderr)
  writeFileSync(file('ada.password'), 'correct horse\n')
  const login = ['token', 'issue', '--user', 'ada', '--password-file', file('ada.password')]
  const issued = await bench.run([...login, '--save-to', file('ada.token')])
  assert.equal(issued.code, 0, issued.stderr)
  assert.equal(statSync(file('ada.token')).mode & 0o777, 0o600)
  assert.ok(!`${issued.stdout}${issued.stderr}`.includes(read('ada.token')))
  const whoami = await bench.run(['whoami', '--api-key-file', file('ada.token')])
  assert.match(whoami.stdout, /user:ada[\s\S]*operator in default/)

  const as = ['--api-key-file', file('ada.token')]
  const credential = await bench.json<{ secret: string; credential: { id: string } }>([
    ...['application-credential', 'create', 'ci', '--role', 'reader'],
    ...as,
  ])
  writeFileSync(file('ci.secret'), credential.secret)
  const byCredential = [
    '--application-credential',
    credential.credential.id,
    '--secret-file',
    file('ci.secret'),
  ]
  const token = await bench.json<{ token: { role: string } }>(['token', 'issue', ...byCredential])
  assert.equal(token.token.role, 'viewer')
  assert.match((await bench.run(['application-credential', 'list', ...as])).stdout, /ci\s+viewer/)
  assert.match((await bench.run(['application-credential', 'list'])).stderr, /drover token issue/)
  assert.equal((await bench.run(['application-credential', 'delete', 'ci', '--yes', ...as])).code, 0)

  writeFileSync(file('next.password'), 'battery staple\n')
  const files = ['--current-file', file('ada.password'), '--password-file', file('next.password')]
  const changed = await bench.run(['user', 'change-password', ...files, ...as])
  assert.equal(changed.code, 0, changed.stderr)
  assert.notEqual((await bench.run(['whoami', ...as])).code, 0)
  const again = ['token', 'issue', '--user', 'ada', '--password-file', file('next.password')]
  assert.equal((await bench.run([...again, '--save-to', file('next.token')])).code, 0)

  const revoked = await bench.run(['token', 'revoke', '--token-file', file('next.token')])
  assert.equal(revoked.code, 0, revoked.stderr)
  assert.notEqual((await bench.run(['whoami', '--api-key-file', file('next.token')])).code, 0)
})

test('a password is asked for in a terminal, and not shown', async () => {
  const terminal = { columns: 100, rows: 30 }
  const made = await bench.run(['user', 'create', 'typed', '--role', 'viewer', '--prompt'], {
    terminal,
    input: 'typed by hand\n',
  })
  assert.equal(made.code, 0, made.stderr)
  assert.ok(!`${made.stdout}${made.stderr}`.includes('typed by hand'))
  const login = await bench.run(['token', 'issue', '--user', 'typed'], { terminal, input: 'typed by hand\n' })
  assert.equal(login.code, 0, login.stderr)
  const nobody = await bench.run(['user', 'create', 'x', '--prompt'])
  assert.match(nobody.stderr, /--password-file/)
})

test('a user is listed, disabled, given another password, and deleted', async () => {
  const made = await bench.run([
    'user',
    'create',
    'eve',
    '--grant',
    '*=admin',
    '--save-to',
    file('eve.password'),
  ])
  assert.equal(made.code, 0, made.stderr)
  assert.match((await bench.run(['user', 'list'])).stdout, /eve\s+yes\s+administrator in \*/)
  const login = ['token', 'issue', '--user', 'eve', '--password-file', file('eve.password'), '-o', 'json']
  assert.equal((await bench.run(login)).code, 0)
  assert.match((await bench.run(['user', 'revoke-tokens', 'eve'])).stdout, /1 tokens/)
  await bench.json(['user', 'update', 'eve', '--disable', '--role', 'viewer'])
  assert.match((await bench.run(['user', 'show', 'eve'])).stdout, /Enabled\s+no/)
  assert.notEqual((await bench.run(login)).code, 0)
  await bench.json(['user', 'update', 'eve', '--enable'])
  writeFileSync(file('new.password'), 'another one')
  await bench.json(['user', 'set-password', 'eve', '--password-file', file('new.password')])
  assert.notEqual((await bench.run(login)).code, 0)
  assert.equal((await bench.run(['user', 'delete', 'eve', '--yes'])).code, 0)
  assert.notEqual((await bench.run(['user', 'show', 'eve'])).code, 0)
})

test('users and keys are put into groups and taken out of them', async () => {
  const made = await bench.run([
    ...['user', 'create', 'gil', '--role', 'operator', '--group', 'qa', '--group', 'ops'],
    ...['--save-to', file('gil.password')],
  ])
  assert.equal(made.code, 0, made.stderr)
  const shown = async () => (await bench.run(['user', 'show', 'gil'])).stdout
  assert.match(await shown(), /Groups\s+ops, qa/)
  await bench.json(['user', 'update', 'gil', '--disable'])
  assert.match(await shown(), /Groups\s+ops, qa/)
  await bench.json(['user', 'update', 'gil', '--no-groups'])
  assert.doesNotMatch(await shown(), /qa/)
  const key = ['key', 'create', 'grouped', '--group', 'deployers', '--save-to', file('grouped.key')]
  assert.equal((await bench.run(key)).code, 0)
  const whoami = await bench.run(['whoami', '--api-key-file', file('grouped.key')])
  assert.match(whoami.stdout, /Groups\s+deployers/)
  assert.match((await bench.run(['key', 'list'])).stdout, /grouped.*deployers/)
})

test('a file provides projects and users in one step, and does nothing when it is applied again', async () => {
  writeFileSync(file('one.password'), 'of user one\n')
  const content = (role: string) => `
projects: [demo, shop]
users:
  - name: one
    passwordFile: one.password
    grants: { demo: ${role}, shop: viewer }
  - name: two
    grants: { '*': admin }
`
  const apply = async (text: string) => {
    writeFileSync(file('identity.yaml'), text)
    const { items } = await bench.json<{ items: { name: string; done: string; password: string | null }[] }>([
      ...['identity', 'apply', file('identity.yaml')],
    ])
    return items
  }
  const first = await apply(content('admin'))
  assert.deepEqual(
    first.map(({ name, done }) => `${name} ${done}`),
    ['demo created', 'shop created', 'one created', 'two created'],
  )
  assert.deepEqual([first[2]?.password, first[3]?.password?.length], [null, 32])
  const login = ['token', 'issue', '--user', 'one', '--password-file', file('one.password')]
  const { token } = await bench.json<{ token: { role: string } }>([...login, '--project', 'demo'])
  assert.equal(token.role, 'administrator')
  assert.deepEqual([...new Set((await apply(content('admin'))).map(({ done }) => done))], ['there already'])
  const changed = await apply(content('member'))
  assert.deepEqual(
    changed.map(({ done }) => done),
    ['there already', 'there already', 'changed', 'there already'],
  )
  for (const [text, message] of [
    ['users: [{ name: x, pasword: y }]', /"pasword" is not known; known are .*passwordFile/],
    ['users: [{ name: x, grants: { demo: king } }]', /"king" is not one of/],
    ['users: [{ name: x, password: 12345678 }]', /put it in quotes/],
  ] as const) {
    writeFileSync(file('identity.yaml'), text)
    assert.match((await bench.run(['identity', 'apply', file('identity.yaml')])).stderr, message)
  }
})

test('gateways are listed with the lines that a client’s user has to set', async () => {
  const { stdout } = await bench.run(['gateway', 'list'])
  assert.match(stdout, new RegExp(`^identity .*\\n {2}${bench.url}/gateways/identity\\n`))
  assert.match(stdout, new RegExp(`export OS_AUTH_URL=${bench.url}/gateways/identity/v3`))
})
