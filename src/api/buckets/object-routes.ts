import { Type } from 'typebox'
import type { Api, ApiDeps } from '../api.ts'
import { openUpload, ZIP_ANSWER, ZIP_BODY } from '../bundles/upload.ts'
import { callerOf } from '../caller.ts'
import { answers, IdempotencyHeaders, record, ref } from '../schema.ts'
import { ObjectResource, presentObject } from './resource.ts'
import { OneBucket } from './routes.ts'

const tags = ['Buckets']

// In the query and not in the path: a key has slashes, and proxies take liberties with those.
const Key = Type.String({ minLength: 1, maxLength: 1024, description: 'The object’s key: `quotes/2.zip`.' })
const OneObject = record({
  key: Key,
  version: Type.Optional(Type.String({ maxLength: 1000, description: 'Default: the latest.' })),
})

/** What is in buckets. The scope must let zips through ({@link useUploads}). */
export function objectRoutes(api: Api, { control, limits }: ApiDeps): void {
  api.post(
    '/projects/:project/buckets/:bucket/objects',
    {
      config: { slowBody: true },
      schema: {
        operationId: 'putObject',
        tags,
        summary: 'Put an object into a bucket',
        description:
          'The body is a zip, or a form with one file part; it must be sound as a bundle. It becomes the latest version of its key; the versions before it stay.',
        params: OneBucket,
        headers: IdempotencyHeaders,
        querystring: record({ key: Key }),
        body: ZIP_BODY,
        response: answers({ 201: ref(ObjectResource) }, [
          ...([
            'not_found',
            'too_large',
            'invalid_bundle',
            'limit_exceeded',
            'idempotency_mismatch',
          ] as const),
        ]),
      },
      // The body is a stream here: there is nothing to compare with a schema.
      validatorCompiler: (route) => {
        return route.httpPart === 'body' ? () => true : api.validatorCompiler!(route)
      },
    },
    async (request, reply) => {
      const caller = callerOf(request)
      const { stream, signal } = await openUpload(request, reply, limits.maxBundleBytes)
      const input = { bucket: request.params.bucket, key: request.query.key, content: { stream }, signal }
      const object = await control.buckets.put(caller, input).catch((error) => {
        // The stream's own end says more than what was made of it further in.
        throw stream.errored ?? error
      })
      return reply.code(201).send(presentObject(object))
    },
  )

  api.delete(
    '/projects/:project/buckets/:bucket/objects',
    {
      schema: {
        operationId: 'deleteObject',
        tags,
        summary: 'Delete an object, or one version of it',
        description:
          'Without a version the object is gone from then on, its versions stay, and the answer is the marker that says so. With one, that version is gone for good. Bundles that were made of it stay.',
        params: OneBucket,
        querystring: OneObject,
        response: answers({ 200: ref(ObjectResource) }, ['not_found']),
      },
    },
    async (request) => {
      const { key, version: objectVersion } = request.query
      const input = { bucket: request.params.bucket, key, objectVersion }
      return presentObject(await control.buckets.deleteObject(callerOf(request), input))
    },
  )

  api.get(
    '/projects/:project/buckets/:bucket/content',
    {
      exposeHeadRoute: false,
      schema: {
        operationId: 'getObject',
        tags,
        summary: 'Download an object',
        params: OneBucket,
        querystring: OneObject,
        produces: ['application/zip'],
        response: answers({ 200: ZIP_ANSWER }, ['not_found']),
      },
    },
    async (request, reply) => {
      const { key, version: objectVersion } = request.query
      const input = { bucket: request.params.bucket, key, objectVersion }
      const { object, stream } = await control.buckets.download(callerOf(request), input)
      return reply
        .type('application/zip')
        .header('content-length', object.sizeBytes)
        .header('etag', `"${object.digest}"`)
        .header('x-object-version', object.id)
        .send(stream)
    },
  )
}
