import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { inspectArchive } from './inspect.ts'
import { DEFAULT_BUNDLE_LIMITS } from './limits.ts'
import { makeZip, testFolder } from './test-zips.ts'

const cases = [
  { name: 'none without any JSON', files: { 'run.sh': 'x' }, want: [null, null] },
  {
    name: 'from bundle.json',
    files: { 'bundle.json': '{"originalProjectKey":"CHURN","bundleId":"v7"}' },
    want: ['CHURN', 'v7'],
  },
  {
    name: 'from two files, each with a part of it',
    files: { 'export-manifest.json': '{"projectKey":"CHURN"}', 'about.json': '{"bundleId":"v7"}' },
    want: ['CHURN', 'v7'],
  },
  {
    name: 'from the known files before others, wherever they stand',
    files: { 'a.json': '{"projectKey":"OTHER","bundleId":"v1"}', 'bundle.json': '{"projectKey":"CHURN"}' },
    want: ['CHURN', 'v1'],
  },
  {
    name: 'not from folders, from what is no JSON, and from what are no texts',
    files: {
      'sub/bundle.json': '{"projectKey":"SUB"}',
      'a.json': 'no JSON',
      'b.json': '["projectKey"]',
      'c.json': '{"projectKey":7,"bundleId":""}',
      'd.json': 'null',
    },
    want: [null, null],
  },
  {
    name: 'not from what is too long to be one',
    files: {
      'bundle.json': `{"projectKey":"CHURN","data":"${'x'.repeat(70_000)}"}`,
      'z.json': '{"bundleId":"v2"}',
    },
    want: [null, 'v2'],
  },
]

for (const { name, files, want } of cases) {
  test(`a label is read ${name}`, async (t) => {
    const path = join(await testFolder(t), 'a.zip')
    await writeFile(path, makeZip(Object.entries(files).map(([entry, data]) => ({ name: entry, data }))))
    const { label } = await inspectArchive(path, DEFAULT_BUNDLE_LIMITS)
    assert.deepEqual([label.projectKey, label.bundleId], want)
  })
}
