import { createServer } from 'node:http'

const { PORT = '8080', HOST = '127.0.0.1', DROVER_REVISION = '0' } = process.env

/** Jobs that are under way: what lets each of them end. */
const jobs = new Set()
let isDraining = false

/** Takes jobs until it is told to drain, and is ready for as long as it takes them or has one to finish. */
const pages = {
  'GET /health': () => [200, 'ok'],
  'GET /ready': () => (isDraining && jobs.size === 0 ? [503, 'drained'] : [200, 'ready']),
  'GET /state': () => [
    200,
    JSON.stringify({ revision: Number(DROVER_REVISION), isDraining, jobs: jobs.size }),
  ],
  'POST /drain': () => {
    isDraining = true
    return [200, 'draining']
  },
  'POST /jobs': async () => {
    if (isDraining) return [503, 'draining: ask another node']
    await new Promise((resolve) => jobs.add(resolve))
    return [200, `done by revision ${DROVER_REVISION}`]
  },
  'POST /finish': () => {
    for (const finish of jobs) finish()
    return [200, 'finishing']
  },
}

const server = createServer(async (request, response) => {
  const page = pages[`${request.method} ${request.url}`]
  const [status, text] = page === undefined ? [404, 'no such page'] : await page()
  // A job is finished when its answer was sent.
  response.once('finish', () => request.url === '/jobs' && status === 200 && jobs.clear())
  response.writeHead(status, { connection: 'close' }).end(`${text}\n`)
})
server.listen(Number(PORT), HOST, () => console.log(`jobs listens on ${HOST}:${server.address().port}`))

// Whatever is under way by then is lost: that is what draining is for.
process.on('SIGTERM', () => process.exit(0))
