import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { crc32 } from 'node:zlib'

/** What goes wrong with one answer. */
export type Fault =
  /** The connection ends after so many bytes of the body. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** So many bytes of the body, then nothing more. */
  | { readonly kind: 'silence'; readonly afterBytes: number }
  /** One byte of the body is another. */
  | { readonly kind: 'damage' }
  | { readonly kind: 'status'; readonly status: number; readonly code: string; readonly location?: string }

export interface TestS3Options {
  /** Whether buckets keep versions. Default true. */
  readonly versions?: boolean
  /** Checksums beside the ETag. Default true. */
  readonly checksums?: boolean
  /** Whether a part of an object can be asked for. Default true. */
  readonly ranges?: boolean
}

/** A real HTTP server that answers reads as S3 does, and as S3 does on a bad day. */
export interface TestS3 {
  readonly endpoint: string
  /** What was asked for, in order: `GET /code/web.zip bytes=10-`. */
  readonly requests: string[]
  /** Adds a version, and gives it. */
  put(bucket: string, key: string, bytes: Buffer): string
  /** Faults of the next answers, one each, in order; `null` is none. */
  readonly faults: (Fault | null)[]
  close(): Promise<void>
}

interface Version {
  readonly id: string
  readonly bytes: Buffer
}

export async function startTestS3(options: TestS3Options = {}): Promise<TestS3> {
  const { versions = true, checksums = true, ranges = true } = options
  const objects = new Map<string, Version[]>()
  const buckets = new Set<string>()
  const requests: string[] = []
  const faults: (Fault | null)[] = []

  function refuse(
    response: ServerResponse,
    isHead: boolean,
    status: number,
    code: string,
    headers = {},
  ): void {
    response.writeHead(status, { 'content-type': 'application/xml', ...headers })
    const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>AKIDEXAMPLE says no</Message></Error>`
    response.end(isHead ? undefined : body)
  }

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://s3')
    const isHead = request.method === 'HEAD'
    const range = request.headers.range
    requests.push(`${request.method} ${url.pathname}${range === undefined ? '' : ` ${range}`}`)
    const fault = faults.shift() ?? null
    if (fault?.kind === 'status') {
      const headers = fault.location === undefined ? {} : { location: fault.location }
      refuse(response, isHead, fault.status, fault.code, headers)
      return
    }
    const path = decodeURIComponent(url.pathname).slice(1)
    const bucket = path.slice(0, path.indexOf('/'))
    const all = objects.get(path)
    const id = url.searchParams.get('versionId')
    const version = id === null ? all?.at(-1) : all?.find((one) => one.id === id)
    if (version === undefined) {
      const missing = all === undefined ? 'NoSuchKey' : 'NoSuchVersion'
      refuse(response, isHead, 404, buckets.has(bucket) ? missing : 'NoSuchBucket')
      return
    }
    const etag = `"${createHash('md5').update(version.bytes).digest('hex')}"`
    const match = request.headers['if-match']
    if (match !== undefined && match !== etag) {
      refuse(response, isHead, 412, 'PreconditionFailed')
      return
    }
    const from = ranges ? Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0) : 0
    const isPart = ranges && range !== undefined
    const bytes = Buffer.from(version.bytes.subarray(from))
    response.writeHead(isPart ? 206 : 200, {
      'content-length': bytes.length,
      etag,
      ...(versions && { 'x-amz-version-id': version.id }),
      ...(checksums && { 'x-amz-checksum-crc32': crc32Of(version.bytes) }),
      ...(isPart && { 'content-range': `bytes ${from}-${version.bytes.length - 1}/${version.bytes.length}` }),
    })
    if (isHead || fault === null) {
      response.end(isHead ? undefined : bytes)
      return
    }
    if (fault.kind === 'damage') {
      bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1)
      response.end(bytes)
      return
    }
    response.write(bytes.subarray(0, fault.afterBytes), () => {
      if (fault.kind === 'cut') response.destroy()
    })
  }

  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    faults,
    put(bucket, key, bytes) {
      buckets.add(bucket)
      const path = `${bucket}/${key}`
      const known = versions ? (objects.get(path) ?? []) : []
      const id = `v${known.length + 1}`
      objects.set(path, [...known, { id, bytes }])
      return id
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function crc32Of(bytes: Buffer): string {
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(bytes))
  return sum.toString('base64')
}
