import type * as Http from 'node:http'

/**
 * Node's own `node:http`, to be used instead of importing that. An import makes every one of a module's exports, and one of
 * these is Node's whole client for `fetch` and web sockets, which nothing here uses: 9 MB of a server's memory.
 */
export const http: typeof Http = process.getBuiltinModule('node:http')
