import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const VERSION = '2'

const greeting = argument('greeting', 'hello')
const workMs = Number(argument('workMs', '0'))
const { PORT = '8080', HOST = '127.0.0.1', DROVER_NODE = null, DROVER_REVISION = null } = process.env

const pages = {
  '/': async () => {
    await sleep(workMs)
    return {
      service: 'hello-http',
      version: VERSION,
      node: DROVER_NODE,
      revision: DROVER_REVISION === null ? null : Number(DROVER_REVISION),
      greeting,
      upSeconds: process.uptime(),
    }
  },
  '/health': () => ({ ok: true }),
}

let isStopping = false

const server = createServer(async (request, response) => {
  const page = pages[new URL(request.url, 'http://localhost').pathname]
  const body = page === undefined ? { error: 'no such page' } : await page()
  const status = page === undefined ? 404 : body.ok === false ? 503 : 200
  response.writeHead(status, {
    'content-type': 'application/json',
    // A connection that is kept would hold up the end.
    ...(isStopping ? { connection: 'close' } : {}),
  })
  response.end(`${JSON.stringify(body)}\n`)
})

server.listen(Number(PORT), HOST, () => {
  console.log(`hello-http ${VERSION} listens on ${HOST}:${server.address().port}`)
})

// Takes no new connections, finishes the requests it has, and ends.
process.on('SIGTERM', () => {
  isStopping = true
  console.log('stopping')
  server.close(() => console.log('stopped'))
})

/** Reads command-line arguments as Drover writes them: `-greeting hello -workMs 20`. */
function argument(key, fallback) {
  const at = process.argv.indexOf(`-${key}`)
  return at === -1 ? fallback : process.argv[at + 1]
}
