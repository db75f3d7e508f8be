import type { FastifyInstance } from 'fastify'
import type { ApiDocument } from './docs-page.ts'

/**
 * Serves the OpenAPI document, and a page to read it. Both are made when somebody first asks: few servers are ever asked,
 * and what describes every answer takes more memory than what checks every request.
 */
export function useDocument(api: FastifyInstance, version: string): void {
  let document: Promise<ApiDocument> | undefined
  const describe = () => {
    document ??= import('./document.ts').then(({ describeApi }) => describeApi(version))
    return document
  }
  const open = { config: { open: true }, schema: { hide: true } }
  api.get('/openapi.json', open, describe)
  api.get('/docs', open, async (_request, reply) => {
    const { renderDocsPage } = await import('./docs-page.ts')
    const page = renderDocsPage(await describe())
    return reply
      .header(
        'content-security-policy',
        `default-src 'none'; style-src '${page.styleHash}'; frame-ancestors 'none'`,
      )
      .type('text/html; charset=utf-8')
      .send(page.html)
  })
}

/** Has the routes that follow keep of their schemas only what requests are checked against. */
export function keepOnlyChecks(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const { schema } = route
    if (!schema) return
    // One that is there and undefined is warned of.
    const kept = CHECKED.filter((part) => schema[part] !== undefined)
    route.schema = Object.fromEntries(kept.map((part) => [part, schema[part]]))
  })
}

const CHECKED = ['body', 'querystring', 'params', 'headers'] as const
