import fastify, { type FastifyInstance } from 'fastify'
import type { ApiDeps } from './api.ts'
import type { ApiDocument } from './docs-page.ts'
import { useOpenapi } from './openapi.ts'
import { addRoutes } from './routes.ts'
import { createValidation } from './validation.ts'

/**
 * The OpenAPI document, made from routes that are only described.
 * @param version of this program
 */
export async function describeApi(version: string): Promise<ApiDocument> {
  const app = fastify(createValidation())
  let scope: FastifyInstance | undefined
  app.register(
    async (api) => {
      scope = api
      await useOpenapi(api, version)
      await addRoutes(api, unused as unknown as ApiDeps)
    },
    { prefix: '/api/v1' },
  )
  await app.ready()
  await app.ready()
  const document = scope?.swagger()
  await app.close()
  return document as unknown as ApiDocument
}

/** Routes are only described, never run: whatever they take out of what they need is the same nothing. */
const unused: object = new Proxy({}, { get: () => unused })
