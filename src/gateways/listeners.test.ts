import assert from 'node:assert/strict'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { removeTree } from '../bundles/folders.ts'
import { resolveConfig } from '../config/config.ts'
import { startDrover } from '../drover.ts'
import { silentLog } from '../system/log.ts'

async function start(t: TestContext, listen: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'drover-listeners-'))
  t.after(() => removeTree(folder))
  const config = resolveConfig({
    flags: { data: folder, listen },
    env: {},
    file: null,
    host: { folder, home: folder, isRoot: false },
  })
  const options = { simulate: true, resetAdminKey: false, env: {}, log: silentLog, version: '0.0.0-test' }
  const drover = await startDrover({ config, ...options })
  t.after(() => drover.close())
  return drover
}

test('a gateway with a listener of its own is at the root there, and below its prefix as ever', async (t) => {
  const { url, gatewayUrls } = await start(t, ['127.0.0.1:0', 'identity=127.0.0.1:0'])
  const own = gatewayUrls.get('identity')!
  for (const base of [own, `${url}/gateways/identity`]) {
    const response = await fetch(`${base}/v3`)
    assert.equal(response.status, 200)
    const { version } = (await response.json()) as { version: { links: { href: string }[] } }
    assert.equal(version.links[0]?.href, `${base}/v3/`)
  }
  for (const path of ['/healthz', '/api/v1/version', '/gateways/senlin']) {
    const response = await fetch(own + path)
    assert.equal(response.status, 404)
    assert.equal(((await response.json()) as { error: { code: number } }).error.code, 404)
  }
  const refused = await fetch(`${own}/v3/projects`)
  assert.equal(refused.headers.get('www-authenticate'), `Keystone uri="${own}"`)
})

test('a listener for a gateway that there is none of is refused by name', async (t) => {
  await assert.rejects(start(t, ['127.0.0.1:0', 'nova=127.0.0.1:0']), {
    code: 'invalid_spec',
    message: /"nova".*known are identity/,
  })
})
