import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { getText } from './get-text.ts'
import { createOutbound } from './outbound.ts'

const closers: (() => void)[] = []
after(() => {
  for (const close of closers) close()
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  closers.push(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

const outbound = createOutbound(['any'])
const OPTIONS = { maxBytes: 1000, verifiesCertificate: true, outbound }
const never = new AbortController().signal

test('status and text are what was answered', async () => {
  const url = await serve((_, response) => response.writeHead(418).end('short and stout'))
  assert.deepEqual(await getText(url, OPTIONS, never), { status: 418, text: 'short and stout' })
})

test('a redirect is an answer, and is not followed', async () => {
  const url = await serve((_, response) => response.writeHead(302, { location: '/elsewhere' }).end())
  assert.equal((await getText(url, OPTIONS, never)).status, 302)
})

test('of an answer without end only the beginning is read', async () => {
  const url = await serve((_, response) => {
    const more = () => {
      while (response.write('x'.repeat(4096)));
    }
    response.on('drain', more)
    more()
  })
  assert.deepEqual((await getText(url, OPTIONS, never)).text, 'x'.repeat(1000))
  assert.deepEqual(await getText(url, { ...OPTIONS, maxBytes: 0 }, never), { status: 200, text: '' })
})

test('who waits for an answer can stop waiting', async () => {
  const url = await serve((_, response) => void response.write('a'))
  const stop = new AbortController()
  const asked = getText(url, OPTIONS, stop.signal)
  stop.abort(new Error('enough'))
  await assert.rejects(asked, /enough/)
})

test('what cannot be reached, or breaks off, is told in words', async () => {
  const url = await serve((_, response) => void response.write('a', () => response.destroy()))
  await assert.rejects(getText(url, OPTIONS, never), /aborted|hang up/)
  const gone = createServer().listen(0, '127.0.0.1')
  await once(gone, 'listening')
  const { port } = gone.address() as AddressInfo
  await new Promise((resolve) => gone.close(resolve))
  await assert.rejects(getText(`http://127.0.0.1:${port}/`, OPTIONS, never), /connection refused/)
})

test('what nobody may reach is not asked', async () => {
  let asked = 0
  const url = await serve((_, response) => {
    asked += 1
    response.end()
  })
  const closed = { ...OPTIONS, outbound: createOutbound(['10.0.0.0/8']) }
  await assert.rejects(getText(url, closed, never), /not allowed by the setting outbound\.allow/)
  const byName = url.replace('127.0.0.1', 'localhost')
  await assert.rejects(getText(byName, closed, never), /not allowed by the setting outbound\.allow/)
  assert.equal(asked, 0)
  const open = { ...OPTIONS, outbound: createOutbound(['127.0.0.1']) }
  assert.equal((await getText(byName, open, never)).status, 200)
})
