import { type Readable, Transform } from 'node:stream'
import multipart, { type MultipartFile } from '@fastify/multipart'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { DroverError, InvalidRequestError } from '../../domain/errors.ts'
import { untilGone } from '../sse.ts'

const Zip = { type: 'string', contentMediaType: 'application/zip', description: 'The zip.' }

/** The schema of an upload's body, for the document: nothing is compared with it. */
export const ZIP_BODY = Type.Unsafe<unknown>({
  content: {
    'application/zip': { schema: Zip },
    'application/octet-stream': { schema: Zip },
    'multipart/form-data': { schema: { type: 'object', required: ['file'], properties: { file: Zip } } },
  },
} as object)

/** The schema of a download. */
export const ZIP_ANSWER = Type.Unsafe<unknown>(Zip as object)

/** Lets zips through as streams: nothing of them is gathered in memory. */
export async function useUploads(
  api: Pick<FastifyInstance, 'addContentTypeParser' | 'register'>,
): Promise<void> {
  api.addContentTypeParser(
    ['application/zip', 'application/x-zip-compressed', 'application/octet-stream'],
    (_request, payload, done) => done(null, payload),
  )
  // The size is limited by `openUpload`, the same way for both kinds of body.
  await api.register(multipart, {
    limits: { files: 1, fields: 10, parts: 11, fieldSize: 1024, fileSize: Number.MAX_SAFE_INTEGER },
    throwFileSizeLimit: false,
  })
}

/** A zip on its way in. */
export interface Upload {
  /** Fails with `too_large` past the limit, and with `cancelled` when the client has gone. */
  readonly stream: Readable
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal
  /** As a form's part says it; empty if nobody does. */
  readonly fileName: string
}

/**
 * @throws DroverError `too_large` when the client says beforehand that it will be
 * @throws InvalidRequestError when there is no file
 */
export async function openUpload(
  request: FastifyRequest,
  reply: FastifyReply,
  maxBytes: number,
): Promise<Upload> {
  const isForm = request.isMultipart()
  // A form's parts may be told from its length only by reading it.
  if (!isForm && Number(request.headers['content-length']) > maxBytes) throw tooLarge(maxBytes)
  const part = isForm ? await openPart(request) : undefined
  const source = isForm ? part?.file : (request.body as Readable | undefined)
  if (source === undefined || source === null) {
    throw new InvalidRequestError('body', 'must be a zip, or a form with a file part')
  }
  const stream = limit(maxBytes)
  // Whoever reads the stream finds out; nobody does so before the caller is authorized.
  stream.on('error', () => {})
  const gone = untilGone(reply)
  const fail = (error: Error) => stream.destroy(error)
  source.on('error', () => fail(interrupted()))
  gone.addEventListener('abort', () => fail(interrupted()))
  source.pipe(stream)
  // What is refused half-way is read to its end unseen, so that the client gets to read why.
  stream.once('close', () => {
    source.unpipe(stream)
    source.resume()
  })
  return { stream, signal: gone, fileName: part?.filename ?? '' }
}

async function openPart(request: FastifyRequest): Promise<MultipartFile | undefined> {
  const part = await request.file()
  const field = Object.keys(part?.fields ?? {}).find((name) => name !== part?.fieldname)
  if (field === undefined) return part
  part?.file.resume()
  throw new InvalidRequestError(field, 'is not taken from the form; send it in the query string')
}

function limit(maxBytes: number): Transform {
  let received = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      received += chunk.length
      if (received > maxBytes) done(tooLarge(maxBytes))
      else done(null, chunk)
    },
  })
}

function tooLarge(maxBytes: number): DroverError {
  return new DroverError('too_large', `the bundle is larger than ${maxBytes} bytes, the limit of this server`)
}

function interrupted(): DroverError {
  return new DroverError('cancelled', 'the client went away before the whole bundle had arrived')
}
