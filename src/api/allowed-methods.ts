import type { FastifyInstance } from 'fastify'

/** Knows which methods a path answers to, for 405 and OPTIONS: the router only knows what it was asked for. */
export interface AllowedMethods {
  /** @returns none when no route has this path */
  of(path: string): readonly string[]
}

/** Must be called before the routes are added. */
export function trackMethods(app: FastifyInstance): AllowedMethods {
  const routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = []
  app.addHook('onRoute', ({ url, method }) => {
    routes.push({ pattern: toPattern(url), methods: [method].flat() })
  })
  return {
    of(path) {
      const methods = routes.filter(({ pattern }) => pattern.test(path)).flatMap((route) => route.methods)
      return methods.length === 0 ? [] : [...new Set([...methods, 'OPTIONS'])].sort()
    },
  }
}

function toPattern(url: string): RegExp {
  const segments = url.split('/').map((segment) => {
    if (segment === '*') return '.*'
    return segment.startsWith(':') ? '[^/]+' : segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  })
  return new RegExp(`^${segments.join('/')}$`)
}
