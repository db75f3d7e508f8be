import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import type { Bundle } from '../domain/bundle.ts'
import type { BundleSignature, Delegation, SigningKey, SignOff } from '../domain/governance.ts'
import type {
  BundleId,
  BundleSignatureId,
  DelegationId,
  ProjectId,
  PublishedProjectId,
  Sha256,
  SigningKeyId,
  SignOffId,
} from '../domain/ids.ts'
import { deleteBundle, insertBundle } from './bundles.ts'
import { isUniqueViolation } from './errors.ts'
import {
  deleteSigningKey,
  getGovernanceRules,
  hasRules,
  insertBundleSignature,
  insertSigningKey,
  listBundleSignatures,
  listSigningKeys,
  putGovernanceRules,
} from './governance.ts'
import { insertProject } from './projects.ts'
import { deletePublishedProject, insertPublishedProject } from './published-projects.ts'
import {
  endDelegation,
  endSignOff,
  findStandingSignOff,
  insertDelegation,
  insertSignOff,
  listDelegations,
  listSignOffs,
  listStandingSignOffs,
} from './sign-offs.ts'
import type { Store } from './store.ts'
import { onEachDatabase, type TestDatabase } from './test-databases.ts'

const projectId = 'p' as ProjectId
const publishedProjectId = 'pp' as PublishedProjectId
const bundleId = 'b1' as BundleId
const made = { createdAt: 1, createdBy: 'root', updatedAt: 1, version: 1 }
const bundle: Bundle = {
  id: bundleId,
  projectId,
  name: 'web',
  version: '1',
  digest: 'd'.repeat(64) as Sha256,
  sizeBytes: 1,
  entryCount: 1,
  unpackedBytes: 1,
  manifest: null,
  source: { kind: 'upload' },
  description: null,
  createdAt: 1,
  createdBy: 'root',
}
const signOff: SignOff = {
  id: 's1' as SignOffId,
  projectId,
  publishedProjectId,
  bundleId,
  bundle: 'web@1',
  stage: 'Test',
  reviewer: 'user:ada',
  onBehalfOf: null,
  groups: ['qa'],
  decision: 'APPROVED',
  comment: 'good',
  at: 5,
  expiresAt: 9,
  endedAt: null,
  endedBy: null,
}
const delegation: Delegation = {
  id: 'l1' as DelegationId,
  projectId,
  publishedProjectId,
  from: 'user:ada',
  to: 'user:kim',
  until: 10,
  createdAt: 1,
  endedAt: null,
}
const key: SigningKey = {
  id: 'k1' as SigningKeyId,
  publishedProjectId,
  name: 'release',
  keyId: '5733F41AC7F61ED6',
  publicKey: 'RW',
  createdAt: 1,
  createdBy: 'root',
}
const signature: BundleSignature = {
  id: 'g1' as BundleSignatureId,
  bundleId,
  keyId: key.keyId,
  text: 'lines\n',
  comment: 'built by ci',
  hash: 'h',
  addedAt: 1,
  addedBy: 'root',
}

onEachDatabase((create) => {
  let database: TestDatabase
  let store: Store
  beforeEach(async () => {
    database = await create()
    store = await database.open()
    await store.write(async (tx) => {
      await insertProject(tx, { id: projectId, name: 'default', createdAt: 0 })
      const named = { key: 'web', name: 'web', description: null, permissions: null, attributes: {} }
      await insertPublishedProject(tx, { id: publishedProjectId, projectId, ...named, ...made })
      await insertBundle(tx, bundle)
      await insertSignOff(tx, signOff)
      await insertDelegation(tx, delegation)
      await insertSigningKey(tx, key)
      await insertBundleSignature(tx, signature)
    })
  })
  afterEach(async () => {
    await store.close()
    await database.remove()
  })

  test('rules are none at first, and then those that were put last', async () => {
    const none = { publishedProjectId, stages: {}, updatedAt: null, updatedBy: null, version: 0 }
    assert.deepEqual(await store.read((tx) => getGovernanceRules(tx, publishedProjectId)), none)
    const rule = {
      requiredSignOffs: 2,
      reviewers: [{ group: 'qa' }, { user: 'eve' }],
      expiresAfterSeconds: 60,
      publisherMayApprove: false,
      requireSignature: true,
    }
    for (const version of [1, 2]) {
      const rules = { ...none, stages: { Test: rule }, updatedAt: 2, updatedBy: 'root', version }
      await store.write((tx) => putGovernanceRules(tx, rules))
      assert.deepEqual(await store.read((tx) => getGovernanceRules(tx, publishedProjectId)), rules)
    }
    const asked = await store.read(async (tx) => [
      await hasRules(tx, projectId, 'Test'),
      await hasRules(tx, projectId, 'Production'),
      await hasRules(tx, 'other' as ProjectId, 'Test'),
    ])
    assert.deepEqual(asked, [true, false, false])
  })

  test('one sign-off of a reviewer stands for a bundle and a stage, those that ended are kept', async () => {
    const next: SignOff = { ...signOff, id: 's2' as SignOffId, decision: 'REJECTED', at: 6, expiresAt: null }
    await assert.rejects(
      store.write((tx) => insertSignOff(tx, next)),
      isUniqueViolation,
    )
    await store.write(async (tx) => {
      await endSignOff(tx, signOff.id, 6, 'user:ada')
      await insertSignOff(tx, next)
      await insertSignOff(tx, { ...next, id: 's3' as SignOffId, stage: 'Production' })
    })
    await store.read(async (tx) => {
      assert.deepEqual(await findStandingSignOff(tx, signOff), next)
      assert.deepEqual(await listStandingSignOffs(tx, bundleId, 'Test'), [next])
      assert.equal((await listStandingSignOffs(tx, bundleId)).length, 2)
      const { items } = await listSignOffs(tx, { publishedProjectId, stage: 'Test' }, { limit: 10 })
      assert.deepEqual(items, [next, { ...signOff, endedAt: 6, endedBy: 'user:ada' }])
    })
  })

  test('a delegation holds until its time, or until it is taken back', async () => {
    const at = (now: number, to?: string) =>
      store.read((tx) => listDelegations(tx, publishedProjectId, now, to))
    assert.deepEqual(await at(9), [delegation])
    assert.deepEqual([await at(10), await at(9, 'user:lou')], [[], []])
    await store.write((tx) => endDelegation(tx, delegation.id, 8))
    assert.deepEqual(await at(9, 'user:kim'), [])
  })

  test('keys have a name and bytes of their own, and come back as they were', async () => {
    assert.deepEqual(await store.read((tx) => listSigningKeys(tx, publishedProjectId)), [key])
    for (const other of [{ name: 'other' }, { publicKey: 'RX' }]) {
      const twin = { ...key, id: 'k2' as SigningKeyId, ...other }
      await assert.rejects(
        store.write((tx) => insertSigningKey(tx, twin)),
        isUniqueViolation,
      )
    }
    await store.write((tx) => deleteSigningKey(tx, key.id))
    assert.deepEqual(await store.read((tx) => listSigningKeys(tx, publishedProjectId)), [])
  })

  test('with a bundle go its sign-offs and signatures, with a published project all the rest', async () => {
    assert.deepEqual(await store.read((tx) => listBundleSignatures(tx, bundleId)), [signature])
    await store.write((tx) => deleteBundle(tx, bundleId))
    await store.read(async (tx) => {
      assert.deepEqual(await listBundleSignatures(tx, bundleId), [])
      assert.deepEqual(await listStandingSignOffs(tx, bundleId), [])
    })
    await store.write((tx) => deletePublishedProject(tx, { id: publishedProjectId, projectId, key: 'web' }))
    await store.read(async (tx) => {
      assert.deepEqual(await listDelegations(tx, publishedProjectId, 0), [])
      assert.deepEqual(await listSigningKeys(tx, publishedProjectId), [])
    })
  })
})
