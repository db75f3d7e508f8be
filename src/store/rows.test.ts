import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Action } from '../domain/action.ts'
import type { Bundle } from '../domain/bundle.ts'
import type { Cluster } from '../domain/cluster.ts'
import type { Json, JsonObject } from '../domain/ids.ts'
import type { Node } from '../domain/node.ts'
import type { Update } from '../domain/update.ts'
import { actionRows, bundleRows, clusterRows, nodeRows, updateRows } from './rows.ts'

const text = fc.string()
const number = fc.integer()
// What JSON can hold: no -0, and no key that JSON.parse would treat in its own way.
const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as Json)
const object = fc
  .dictionary(
    fc.string().filter((key) => key !== '__proto__'),
    json,
  )
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonObject)
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null })

const arbitraryNode = fc.record({
  ...{ id: text, projectId: text, clusterId: text, poolId: text, name: text, index: number },
  ...{ status: text, statusReason: text, health: text, revisionId: orNull(text), attempt: number },
  ...{ actionId: orNull(text), physicalId: orNull(text), handle: json, metadata: object, data: object },
  endpoint: orNull(fc.record({ host: text, port: number }, { noNullPrototype: true })),
  ...{ availableSince: orNull(number), firstReadyAt: orNull(number), createdAt: number, updatedAt: number },
  ...{ role: text, tainted: fc.boolean(), createdBy: text, moves: number, writtenAtIntent: number },
  ...{ drift: orNull(text), driftReason: orNull(text), driftAt: orNull(number) },
}) as unknown as fc.Arbitrary<Node>

const arbitraryBundle = fc.record({
  ...{ id: text, projectId: text, name: text, version: text, digest: text, sizeBytes: number },
  ...{ entryCount: number, unpackedBytes: number, manifest: orNull(object), source: object },
  ...{ description: orNull(text), createdAt: number, createdBy: text },
}) as unknown as fc.Arbitrary<Bundle>

const arbitraryUpdate = fc.record({
  ...{ id: text, projectId: text, clusterId: text, poolId: text, actionId: text, type: text, status: text },
  ...{ because: text, params: object, selection: orNull(fc.array(text)), fromRevisionId: text },
  ...{ toRevisionId: text, direction: text, control: object, progress: object, errors: fc.array(object) },
  ...{ description: orNull(text), createdBy: text, createdAt: number, startedAt: orNull(number) },
  ...{ checkpointsPassed: number, hold: orNull(object) },
  ...{ errorsLeftOut: number, lastProgressAt: orNull(number), endedAt: orNull(number), attributes: object },
}) as unknown as fc.Arbitrary<Update>

const arbitraryAction = fc.record({
  ...{ id: text, projectId: text, clusterId: text, poolId: orNull(text), nodeId: orNull(text) },
  ...{ parentId: orNull(text), updateId: orNull(text), name: text, status: text, statusReason: text },
  ...{ inputs: object, outputs: object, data: object, cause: text, timeoutSeconds: orNull(number) },
  ...{ ownerId: orNull(text), control: orNull(object), createdBy: text, createdAt: number },
  ...{ startedAt: orNull(number), endedAt: orNull(number) },
}) as unknown as fc.Arbitrary<Action>

test('nouns come back from their rows as they went in', () => {
  const comesBack = <T, Row>(
    arbitrary: fc.Arbitrary<T>,
    codec: { toRow(noun: T): Row; toNoun(row: Row): T },
  ): void => {
    fc.assert(
      fc.property(
        // As JSON gives objects: with the ordinary prototype.
        arbitrary.map((made) => ({ ...made })),
        (noun) => assert.deepEqual(codec.toNoun(codec.toRow(noun)), noun),
      ),
    )
  }
  comesBack(arbitraryNode, nodeRows)
  comesBack(arbitraryBundle, bundleRows)
  comesBack(arbitraryUpdate, updateRows)
  comesBack(arbitraryAction, actionRows)
})

test('a row has plain columns only', () => {
  fc.assert(
    fc.property(arbitraryNode, (node) => {
      for (const value of Object.values(nodeRows.toRow(node))) {
        assert.ok(value === null || typeof value === 'string' || typeof value === 'number')
      }
    }),
  )
})

test('the values of a row are those of its columns, in their order', () => {
  fc.assert(
    fc.property(arbitraryNode, (node) => {
      const values: unknown[] = []
      nodeRows.addValues(node, values)
      const row = nodeRows.toRow(node)
      assert.deepEqual(
        values,
        nodeRows.columns.map((column) => row[column]),
      )
    }),
  )
})

test('a patch names the columns it changes and no others', () => {
  const patch: Partial<Cluster> = { statusReason: 'why', metadata: { a: 1 }, updatedAt: 5 }
  assert.deepEqual(clusterRows.toColumns(patch), { status_reason: 'why', metadata: '{"a":1}', updated_at: 5 })
  assert.deepEqual(updateRows.toColumns({ selection: null }), { selection: null })
  assert.deepEqual(clusterRows.toColumns({}), {})
})
