import { Type } from 'typebox'
import { type Api, type ApiDeps, InProject } from '../api.ts'
import { callerOf } from '../caller.ts'
import { listQuery, pageOf, presentPage, splitQuery } from '../paging.ts'
import { answers, IdempotencyHeaders, Nothing, record, ref, reference } from '../schema.ts'
import { BucketResource, ObjectResource, presentBucket, presentObject } from './resource.ts'

const tags = ['Buckets']

/** Path of everything below one bucket. */
export const OneBucket = record({
  project: InProject.properties.project,
  bucket: reference('The bucket, by name or id.'),
})

const objectFilters = {
  prefix: Type.Optional(Type.String({ maxLength: 1024, description: 'Only keys that begin like this.' })),
  key: Type.Optional(Type.String({ maxLength: 1024, description: 'Only this key.' })),
}

export function bucketRoutes(api: Api, { control }: ApiDeps): void {
  api.get(
    '/projects/:project/buckets',
    {
      schema: {
        operationId: 'listBuckets',
        tags,
        summary: 'List buckets',
        params: InProject,
        querystring: listQuery(['name', 'createdAt', 'sizeBytes'], {}),
        response: answers({ 200: pageOf(BucketResource) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const { page } = splitQuery(request.query)
      return presentPage(request, reply, await control.buckets.list(callerOf(request), page), presentBucket)
    },
  )

  api.post(
    '/projects/:project/buckets',
    {
      schema: {
        operationId: 'createBucket',
        tags,
        summary: 'Create a bucket',
        description: 'Drover keeps it itself. Whoever names a bucket of S3 by the same name means this one.',
        params: InProject,
        headers: IdempotencyHeaders,
        body: record({ name: Type.String({ maxLength: 63 }) }, { examples: [{ name: 'code' }] }),
        response: answers({ 201: ref(BucketResource) }, [
          'not_found',
          'already_exists',
          'limit_exceeded',
          'idempotency_mismatch',
        ]),
      },
    },
    async (request, reply) => {
      const bucket = await control.buckets.create(callerOf(request), request.body)
      const location = `/api/v1/projects/${request.params.project}/buckets/${bucket.name}`
      return reply.code(201).header('location', location).send(presentBucket(bucket))
    },
  )

  api.get(
    '/projects/:project/buckets/:bucket',
    {
      schema: {
        operationId: 'getBucket',
        tags,
        summary: 'Get a bucket',
        params: OneBucket,
        response: answers({ 200: ref(BucketResource) }, ['not_found']),
      },
    },
    async (request) => presentBucket(await control.buckets.get(callerOf(request), request.params.bucket)),
  )

  api.delete(
    '/projects/:project/buckets/:bucket',
    {
      schema: {
        operationId: 'deleteBucket',
        tags,
        summary: 'Delete a bucket',
        description: 'Bundles that were made of its objects stay.',
        params: OneBucket,
        querystring: record({
          force: Type.Optional(Type.Boolean({ description: 'With every version of everything in it.' })),
        }),
        response: answers({ 204: Nothing }, ['not_found', 'in_use']),
      },
    },
    async (request, reply) => {
      await control.buckets.delete(callerOf(request), request.params.bucket, request.query)
      return reply.code(204).send(null)
    },
  )

  for (const [path, operationId, summary, verb] of [
    ['objects', 'listObjects', 'List what is in a bucket now', 'listObjects'],
    ['versions', 'listObjectVersions', 'List every version of what is or was in a bucket', 'listVersions'],
  ] as const) {
    api.get(
      `/projects/:project/buckets/:bucket/${path}`,
      {
        schema: {
          operationId,
          tags,
          summary,
          params: OneBucket,
          querystring: listQuery(['key', 'createdAt', 'sizeBytes'], objectFilters),
          response: answers({ 200: pageOf(ObjectResource) }, ['not_found']),
        },
      },
      async (request, reply) => {
        const { page, filter } = splitQuery(request.query)
        const objects = await control.buckets[verb](callerOf(request), request.params.bucket, filter, page)
        return presentPage(request, reply, objects, presentObject)
      },
    )
  }
}
