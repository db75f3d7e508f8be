import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { project, startTestServer, type TestServer, zip } from '../test-server.ts'

const headersOf = (key: string, type = 'application/zip') => ({
  authorization: `Bearer ${key}`,
  'content-type': type,
})

test('a zip comes in, is listed, is downloaded as it came and is deleted', async (t) => {
  const server = await startTestServer(t)
  const address = await server.listen()
  const bytes = zip('hello')
  const headers = headersOf(server.key)
  const published = await fetch(`${address}${project}/bundles?name=quotes&version=1.0%2Bb`, {
    method: 'POST',
    headers,
    body: bytes,
  })
  assert.equal(published.status, 201)
  const bundle = (await published.json()) as { sizeBytes: number; digest: string }
  assert.equal(bundle.sizeBytes, bytes.length)
  const location = published.headers.get('location')
  const shown = await server.ask('GET', String(location))
  assert.deepEqual(shown.body, bundle)
  assert.deepEqual((await server.ask('GET', `${project}/bundles?name=quotes`)).body.items, [bundle])
  const archive = await fetch(`${address}${location}/archive`, { headers })
  assert.equal(archive.headers.get('content-length'), String(bytes.length))
  assert.deepEqual(Buffer.from(await archive.arrayBuffer()), bytes)
  assert.equal((await server.ask('DELETE', String(location))).status, 204)
  assert.equal((await server.ask('GET', String(location))).status, 404)
})

test('a form with a file part is a zip, too', async (t) => {
  const server = await startTestServer(t)
  const address = await server.listen()
  const send = (form: FormData) =>
    fetch(`${address}${project}/bundles?name=quotes&version=1`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.key}` },
      body: form,
    })
  const form = new FormData()
  form.set('file', new Blob([new Uint8Array(zip('form'))]), 'quotes.zip')
  const published = await send(form)
  assert.equal(published.status, 201, await published.clone().text())
  const wordy = new FormData()
  wordy.set('version', '2')
  wordy.set('file', new Blob([new Uint8Array(zip('form'))]), 'quotes.zip')
  const misplaced = await send(wordy)
  assert.equal(((await misplaced.json()) as { field: string }).field, 'version')
  const empty = new FormData()
  const refused = await send(empty)
  assert.equal(refused.status, 400, await refused.clone().text())
})

test('a zip above the limit is refused, said beforehand or found out, and nothing of it stays', async (t) => {
  const server = await startTestServer(t, { limits: { maxBundleBytes: 10_000 } })
  const address = await server.listen()
  const url = `${address}${project}/bundles?name=big&version=1`
  const big = new Uint8Array(randomBytes(200_000))
  const form = new FormData()
  form.set('file', new Blob([big]), 'big.zip')
  const authorization = { authorization: `Bearer ${server.key}` }
  const requests: (RequestInit & { readonly duplex?: 'half' })[] = [
    { headers: headersOf(server.key), body: big },
    { headers: headersOf(server.key), body: new Blob([big]).stream(), duplex: 'half' },
    { headers: authorization, body: form },
  ]
  for (const request of requests) {
    const response = await fetch(url, { ...request, method: 'POST' })
    const problem = (await response.json()) as { code: string; detail: string }
    assert.deepEqual([response.status, problem.code], [413, 'too_large'], problem.detail)
    assert.match(problem.detail, /10000 bytes/)
  }
  await nothingIsKept(server)
})

test('a client that goes away in the middle leaves nothing behind', async (t) => {
  const server = await startTestServer(t)
  const port = Number(new URL(await server.listen()).port)
  const boundary = '--cut\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\n'
  for (const [type, start] of [
    ['application/zip', ''],
    ['multipart/form-data; boundary=cut', boundary],
  ]) {
    const socket = connect(port, '127.0.0.1')
    socket.write(
      `POST ${project}/bundles?name=cut&version=1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.key}\r\n` +
        `Content-Type: ${type}\r\nContent-Length: 100000\r\n\r\n${start}PK\x03\x04half of it`,
    )
    await until(async () => (await files(server)).length > 0)
    socket.destroy()
    await once(socket, 'close')
    await until(async () => (await files(server)).length === 0)
  }
  await nothingIsKept(server)
})

test('what is no zip is refused, and so is a bundle without a name', async (t) => {
  const server = await startTestServer(t)
  const send = (query: string, body: Buffer) =>
    server.ask('POST', `${project}/bundles${query}`, body, { 'content-type': 'application/zip' })
  assert.equal((await send('?name=a', Buffer.from('no zip at all'))).body.code, 'invalid_bundle')
  assert.equal((await send('', zip('x'))).body.field, 'name')
  await until(async () => (await files(server)).length === 0)
  await send('?name=a&version=1', zip('x'))
  assert.equal((await send('?name=a&version=1', zip('x'))).status, 201)
  assert.equal((await send('?name=a&version=1', zip('y'))).body.code, 'already_exists')
})

test('a zip that nobody may publish is refused before it is read', async (t) => {
  const server = await startTestServer(t)
  const socket = connect(Number(new URL(await server.listen()).port), '127.0.0.1')
  socket.write(
    `POST ${project}/bundles?name=a HTTP/1.1\r\nHost: x\r\nContent-Type: application/zip\r\n` +
      'Connection: close\r\nContent-Length: 100000\r\n\r\nPK',
  )
  const answer = await text(socket)
  assert.match(answer, /^HTTP\/1\.1 401 /)
})

async function nothingIsKept(server: TestServer): Promise<void> {
  await until(async () => (await files(server)).length === 0)
  assert.deepEqual((await server.ask('GET', `${project}/bundles`)).body.items, [])
}

/** Every file below the bundle folder. */
async function files({ folder }: TestServer): Promise<string[]> {
  const entries = await readdir(join(folder, 'bundles'), { recursive: true, withFileTypes: true }).catch(
    () => [],
  )
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name)
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000
  while (!(await holds())) {
    assert.ok(Date.now() < end, 'it did not happen within 20 s')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
