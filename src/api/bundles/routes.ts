import { Type } from 'typebox'
import { type Api, type ApiDeps, InProject } from '../api.ts'
import { callerOf } from '../caller.ts'
import { listQuery, pageOf, presentPage, splitQuery } from '../paging.ts'
import { answers, IdempotencyHeaders, Nothing, record, ref, reference } from '../schema.ts'
import { BundleResource, locationOf, presentBundle } from './resource.ts'
import { openUpload, ZIP_ANSWER, ZIP_BODY } from './upload.ts'

const tags = ['Bundles']

const OneBundle = record({
  project: InProject.properties.project,
  bundle: reference('The bundle: its id, `name@version`, or a name alone for the newest version.'),
})

/** The scope must let zips through ({@link useUploads}). */
export function bundleRoutes(api: Api, { control, limits }: ApiDeps): void {
  api.get(
    '/projects/:project/bundles',
    {
      schema: {
        operationId: 'listBundles',
        tags,
        summary: 'List bundles',
        params: InProject,
        querystring: listQuery(['name', 'createdAt', 'sizeBytes'], {
          name: Type.Optional(Type.String({ maxLength: 63 })),
          digest: Type.Optional(Type.String({ maxLength: 64 })),
        }),
        response: answers({ 200: pageOf(BundleResource) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const { page, filter } = splitQuery(request.query)
      const bundles = await control.bundles.list(callerOf(request), filter, page)
      return presentPage(request, reply, bundles, presentBundle)
    },
  )

  api.post(
    '/projects/:project/bundles',
    {
      // An upload takes the time it takes; a connection that stands still is cut by the idle timeout.
      config: { slowBody: true },
      schema: {
        operationId: 'publishBundle',
        tags,
        summary: 'Publish a bundle',
        description:
          'The body is the zip itself, or a form with one file part. Name and version come from the query, else from the `drover.yaml` inside. The same bytes under the same name and version again answer with the bundle that is there.',
        params: InProject,
        headers: IdempotencyHeaders,
        querystring: record({
          name: Type.Optional(Type.String({ maxLength: 63, description: 'Default: the manifest’s.' })),
          version: Type.Optional(
            Type.String({
              maxLength: 64,
              description: 'Default: the manifest’s, else the beginning of the digest.',
            }),
          ),
          description: Type.Optional(Type.String({ maxLength: 1000 })),
        }),
        body: ZIP_BODY,
        response: answers({ 201: ref(BundleResource) }, [
          'not_found',
          'already_exists',
          'too_large',
          'invalid_bundle',
          'idempotency_mismatch',
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
      const content = { content: { stream }, signal, source: { kind: 'upload' } }
      const bundle = await control.bundles
        .publish(caller, { ...request.query, ...content })
        .catch((error) => {
          // The stream's own end says more than what was made of it further in.
          throw stream.errored ?? error
        })
      return reply
        .code(201)
        .header('location', locationOf(request.params.project, bundle))
        .send(presentBundle(bundle))
    },
  )

  api.get(
    '/projects/:project/bundles/:bundle',
    {
      schema: {
        operationId: 'getBundle',
        tags,
        summary: 'Get a bundle',
        params: OneBundle,
        response: answers({ 200: ref(BundleResource) }, ['not_found']),
      },
    },
    async (request) => presentBundle(await control.bundles.get(callerOf(request), request.params.bundle)),
  )

  api.delete(
    '/projects/:project/bundles/:bundle',
    {
      schema: {
        operationId: 'deleteBundle',
        tags,
        summary: 'Delete a bundle',
        params: OneBundle,
        response: answers({ 204: Nothing }, ['not_found', 'in_use']),
      },
    },
    async (request, reply) => {
      await control.bundles.delete(callerOf(request), request.params.bundle)
      return reply.code(204).send(null)
    },
  )

  api.get(
    '/projects/:project/bundles/:bundle/archive',
    {
      exposeHeadRoute: false,
      schema: {
        operationId: 'downloadBundle',
        tags,
        summary: 'Download a bundle',
        params: OneBundle,
        produces: ['application/zip'],
        response: answers({ 200: ZIP_ANSWER }, ['not_found']),
      },
    },
    async (request, reply) => {
      const { bundle, stream } = await control.bundles.download(callerOf(request), request.params.bundle)
      return reply
        .type('application/zip')
        .header('content-length', bundle.sizeBytes)
        .header('content-disposition', `attachment; filename="${bundle.name}-${bundle.version}.zip"`)
        .header('etag', `"${bundle.digest}"`)
        .send(stream)
    },
  )
}
