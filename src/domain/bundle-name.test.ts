import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readExportFileName } from './bundle-name.ts'

const cases: readonly [string, object][] = [
  ['dss-bundle-CHURN-v7.zip', { name: 'CHURN', version: 'v7' }],
  ['dss-bundle-MY_PROJECT-2026-10-15.zip', { name: 'MY_PROJECT', version: '2026-10-15' }],
  ['v8.zip', { name: 'v8', version: 'v8' }],
  ['/tmp/v 9.ZIP', { name: 'v-9', version: 'v-9' }],
  ['dss-bundle-CHURN.zip', { name: 'dss-bundle-CHURN', version: 'dss-bundle-CHURN' }],
  ['file', {}],
  ['', {}],
]

for (const [fileName, want] of cases) {
  test(`an exported file called "${fileName}" says as much as it says`, () => {
    assert.deepEqual(readExportFileName(fileName), want)
  })
}
