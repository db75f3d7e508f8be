import fastify from 'fastify'
import type { ApiDeps } from './api.ts'
import { useOpenapi } from './openapi.ts'
import { addRoutes } from './routes.ts'
import { createValidation } from './validation.ts'

/**
 * The OpenAPI document as text, without a server: what docs/openapi.json holds.
 * @param version of this program
 */
export async function describeApi(version: string): Promise<string> {
  const app = fastify(createValidation())
  app.register(
    async (api) => {
      await useOpenapi(api, version)
      await addRoutes(api, unused as unknown as ApiDeps)
    },
    { prefix: '/api/v1' },
  )
  const { body } = await app.inject('/api/v1/openapi.json')
  await app.close()
  return `${JSON.stringify(JSON.parse(body), null, 2)}\n`
}

/** Routes are only described, never run: whatever they take out of what they need is the same nothing. */
const unused: object = new Proxy({}, { get: () => unused })
