import { request as requestHttps } from 'node:https'
import { http } from './http.ts'
import type { Outbound } from './outbound.ts'

const TIMEOUT_MS = 10_000

/** Posts JSON to an address, and wants any answer below 300. @throws Error when it cannot be reached, and for another answer */
type PostJson = (url: string, body: object, signal: AbortSignal) => Promise<void>

/** @param outbound what may be reached at all. Redirects are not followed, connections are not kept. */
export function createPostJson(outbound: Outbound): PostJson {
  return (url, body, signal) =>
    new Promise((resolve, reject) => {
      outbound.check(new URL(url).hostname)
      const text = JSON.stringify(body)
      const request = url.startsWith('https:') ? requestHttps : http.request
      const sent = request(url, {
        method: 'POST',
        agent: false,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
        lookup: outbound.lookup,
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      })
      sent.on('error', reject)
      sent.on('response', (response) => {
        const { statusCode: status = 0 } = response
        response.on('error', reject).resume()
        if (status < 300) resolve()
        else reject(new Error(`answered ${status}`))
        sent.destroy()
      })
      sent.end(text)
    })
}
