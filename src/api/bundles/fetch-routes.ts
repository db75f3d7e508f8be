import { Type } from 'typebox'
import { type Api, type ApiDeps, InProject } from '../api.ts'
import { callerOf } from '../caller.ts'
import { answers, IdempotencyHeaders, record, ref } from '../schema.ts'
import { BundleResource, locationOf, presentBundle } from './resource.ts'

const StillFetching = record(
  { because: Type.String() },
  { description: 'It is still being fetched: ask again.' },
)

/** Bundles made of objects in buckets. */
export function fetchRoutes(api: Api, { control, limits }: ApiDeps): void {
  api.post(
    '/projects/:project/bundles/fetch',
    {
      schema: {
        operationId: 'fetchBundle',
        tags: ['Bundles'],
        summary: 'Publish an object of a bucket',
        description:
          'Fetches a zip from S3, or from whatever `s3.endpoint` names, and answers when it is published, or with 202 after half a minute: then ask again. The version of the object that was fetched is in the bundle’s `source`, also when none was asked for; the same one again answers with the bundle that is there. What was begun goes on when the client leaves.',
        params: InProject,
        headers: IdempotencyHeaders,
        body: record(
          {
            bucket: Type.String({ maxLength: 63 }),
            key: Type.String({ maxLength: 1024 }),
            objectVersion: Type.Optional(
              Type.String({ maxLength: 1000, description: 'Default: the newest.' }),
            ),
            name: Type.Optional(
              Type.String({
                maxLength: 63,
                description: 'Default: the manifest’s, else the last part of the key.',
              }),
            ),
            version: Type.Optional(
              Type.String({
                maxLength: 64,
                description:
                  'Default: the manifest’s, else the beginning of the digest; if other bytes have it already, a longer one.',
              }),
            ),
            description: Type.Optional(Type.String({ maxLength: 1000 })),
          },
          {
            examples: [
              { bucket: 'code', key: 'quotes/2.zip', objectVersion: '3HL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY' },
            ],
          },
        ),
        response: answers({ 201: ref(BundleResource), 202: StillFetching }, [
          ...([
            'not_found',
            'already_exists',
            'too_large',
            'invalid_bundle',
            'idempotency_mismatch',
          ] as const),
          ...(['source_failed', 'timed_out'] as const),
        ]),
      },
    },
    async (request, reply) => {
      const bundle = await within(
        limits.patienceMs,
        control.bundles.publishFrom(callerOf(request), request.body),
      )
      if (bundle === undefined) {
        const because = `s3://${request.body.bucket}/${request.body.key} is still being fetched; ask again`
        return reply.code(202).header('retry-after', 1).send({ because })
      }
      return reply
        .code(201)
        .header('location', locationOf(request.params.project, bundle))
        .send(presentBundle(bundle))
    },
  )
}

/** Undefined when it takes longer; then it goes on, and its end is of interest to nobody here. */
async function within<Result>(milliseconds: number, work: Promise<Result>): Promise<Result | undefined> {
  work.catch(() => {})
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, milliseconds, undefined)
  })
  return await Promise.race([work, patience]).finally(() => clearTimeout(timer))
}
