import { request as requestHttps } from 'node:https'
import { http } from './http.ts'
import type { Outbound } from './outbound.ts'

/**
 * Asks an http or https address once: redirects are not followed, the connection is not kept.
 *
 * @param options.maxBytes the text is cut off there; 0 when only the status matters
 * @param options.outbound what may be reached at all
 * @throws Error when it cannot be reached or breaks off, with a message for people, and the signal's reason
 */
export function getText(
  url: string,
  options: { readonly maxBytes: number; readonly verifiesCertificate: boolean; readonly outbound: Outbound },
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly text: string }> {
  const { maxBytes, verifiesCertificate, outbound } = options
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(signal.aborted ? signal.reason : toError(error))
    // What it throws rejects.
    outbound.check(new URL(url).hostname)
    const headers = { 'user-agent': 'drover-health-check' }
    const settings = { agent: false, headers, signal, lookup: outbound.lookup }
    const sent = url.startsWith('https:')
      ? requestHttps(url, { ...settings, rejectUnauthorized: verifiesCertificate })
      : http.request(url, settings)
    sent.on('error', fail)
    sent.on('response', (response) => {
      const chunks: Buffer[] = []
      let size = 0
      const end = () => {
        resolve({
          status: response.statusCode ?? 0,
          text: Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8'),
        })
        sent.destroy()
      }
      response.on('error', fail)
      response.on('end', end)
      if (maxBytes === 0) end()
      else {
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk)
          size += chunk.length
          if (size >= maxBytes) end()
        })
      }
    })
    sent.end()
  })
}

/** When a name has several addresses and none answers, the message is empty and the code tells. */
function toError(error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ECONNREFUSED') return new Error('connection refused', { cause: error })
  return new Error(message || code || 'no answer', { cause: error })
}
