import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createTestSigner } from '../access/test-minisign.ts'
import { makeZip } from '../bundles/test-zips.ts'
import type { BundleStatusResource } from './governance-resources.ts'
import { type CliBench, createCliBench } from './test-bench.ts'

const GUIDE = join(import.meta.dirname, '../../docs/governance.md')

let bench: CliBench
before(async () => {
  bench = await createCliBench()
})
after(() => bench.close())

const file = (name: string) => join(bench.folder, name)

async function run(argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await bench.run([...argv])
  assert.equal(code, 0, `${argv.join(' ')}\n${stdout}${stderr}`)
  return stdout
}

test('every command of the guide to governance does what it says, in the order in which they stand there', async () => {
  const signer = createTestSigner()
  const zip = makeZip([{ name: 'start.sh', data: 'exec sleep 60' }])
  await writeFile(file('web-1.zip'), makeZip([{ name: 'start.sh', data: 'exec sleep 30' }]))
  await writeFile(file('web-2.zip'), zip)
  await writeFile(file('web-2.zip.minisig'), signer.sign(zip, 'web 2, built by ci'))
  await writeFile(file('minisign.pub'), signer.publicKey)
  await run(['published-project', 'create', 'web'])
  await run(['bundle', 'publish', file('web-1.zip'), '--name', 'web', '--bundle-version', '1'])

  const blocks = [...(await readFile(GUIDE, 'utf8')).matchAll(/```sh\n([\s\S]*?)```/g)]
  const lines = blocks.flatMap(([, text = '']) => text.trim().split('\n'))
  assert.ok(lines.length > 15)
  for (const line of lines) {
    await run(toArguments(line))
    const [, user] = /^drover user create (\w+)/.exec(line) ?? []
    if (user !== undefined) await logIn(user)
  }

  const status = await bench.json<BundleStatusResource>(['approval', 'status', 'web@2'])
  const production = status.stages.find(({ stage }) => stage === 'Production')
  assert.deepEqual(
    [production?.passes, production?.messages.map(({ code }) => code)],
    [true, ['APPROVALS_COMPLETE', 'SIGNATURE_TRUSTED']],
  )
  assert.equal(status.provenance.signatures[0]?.trustedKey, 'release')
  const older = await bench.json<BundleStatusResource>(['approval', 'status', 'web@1'])
  assert.deepEqual(
    older.stages.map(({ passes }) => passes),
    [true, true, false],
  )
})

test('rules, keys, delegations and signatures are taken back, and what is wrong says what would be right', async () => {
  await run(['governance', 'remove-key', 'web', 'release'])
  assert.match(await run(['approval', 'status', 'web@2']), /does not pass[\s\S]*add-signature web@2/)
  await run(['governance', 'remove-rule', 'web', '--stage', 'Production'])
  assert.match(await run(['approval', 'status', 'web@2']), /Production\s+passes; asks for nothing/)
  const { items } = await bench.json<{ items: { id: string }[] }>(['approval', 'delegations', 'web'])
  await run(['approval', 'undelegate', 'web', items[0]?.id ?? ''])
  assert.match(await run(['approval', 'delegations', 'web']), /Nobody/)
  await run(['bundle', 'add-signature', 'web@2', file('web-2.zip.minisig')])

  const refused = [
    [['approval', 'list'], /--published-project/],
    [['governance', 'set-rule', 'web', '--stage', 'Test', '--reviewer', 'qa'], /group:qa/],
    [['governance', 'set-rule', 'web', '--stage', 'Nowhere'], /Development, Test, Production/],
    [['governance', 'add-key', 'web', 'x', file('missing.pub')], /cannot read/],
    [['governance', 'add-key', 'web', 'x', file('web-2.zip.minisig')], /minisign -G/],
    [['approval', 'approve', 'web', '--stage', 'Test'], /web@2/],
  ] as const
  for (const [argv, pattern] of refused) {
    const { code, stderr } = await bench.run([...argv])
    assert.notEqual(code, 0)
    assert.match(stderr, pattern)
  }
})

/** With the password that the guide has saved, so that the guide can use the token. */
async function logIn(user: string): Promise<void> {
  const login = ['token', 'issue', '--user', user, '--project', 'default']
  await run([...login, '--password-file', file(`${user}.password`), '--save-to', file(`${user}.token`)])
}

/** As a shell takes them apart, as far as the guide needs it; its files are in the folder of the test. */
function toArguments(line: string): string[] {
  const [, ...argv] = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '')
  return argv.map((one) => (/\.(password|token|key|pub|zip|minisig)$/.test(one) ? file(one) : one))
}
