import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { startTestServer } from './test-server.ts'

test('the document is valid OpenAPI 3.1', async (t) => {
  const { app } = await startTestServer(t)
  const document = (await app.inject('/api/v1/openapi.json')).json()
  const result = await new Validator().validate(document)
  assert.deepEqual(result, { valid: true })
  assert.equal(document.openapi, '3.1.0')
})
