import assert from 'node:assert/strict'
import { test } from 'node:test'
import { presentVersion } from './spec-version.ts'
import { PREFIX, spec, start } from './test-client.ts'

const batch = { type: 'senlin.policy.batch', properties: { max_batch_size: 2 } }

for (const version of ['"1.0"', '1.0']) {
  const kinds = [
    { kind: 'profile', path: 'profiles', type: 'scripted-1.0', rest: spec },
    { kind: 'policy', path: 'policies', type: 'senlin.policy.batch-1.0', rest: batch },
  ]
  for (const { kind, path, type, rest } of kinds) {
    test(`a ${kind} whose spec has the version ${version} is checked, made, shown and listed with it as it was given`, async (t) => {
      const { server } = await start(t)
      const send = async (method: 'GET' | 'POST', address: string, payload?: string) => {
        const response = await server.app.inject({
          method,
          url: `${PREFIX}/v1/${address}`,
          headers: {
            'x-auth-token': server.key,
            'openstack-api-version': 'clustering latest',
            ...(payload !== undefined && { 'content-type': 'application/json' }),
          },
          ...(payload !== undefined && { payload }),
        })
        assert.ok(response.statusCode < 300, response.body)
        return response.body
      }
      const text = JSON.stringify({ ...rest, version: 'here' }).replace('"here"', version)
      const shown = new RegExp(`"version":${version.replace('.', '\\.')}[,}]`)
      const checked = await send('POST', `${path}/validate`, `{"${kind}":{"spec":${text}}}`)
      const made = await send('POST', path, `{"${kind}":{"name":"one","spec":${text}}}`)
      const answers = [checked, made, await send('GET', `${path}/one`), await send('GET', path)]
      for (const answer of answers) {
        assert.match(answer, shown)
        assert.ok(answer.includes(`"type":"${type}"`), answer)
      }
    })
  }
}

test('a version with a fraction is a number as well', () => {
  const attributes = { senlin: { version: 1.1 } }
  assert.equal(JSON.stringify(presentVersion({ version: '1.1', attributes })), '1.1')
})
