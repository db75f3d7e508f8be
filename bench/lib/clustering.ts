import { setTimeout as sleep } from 'node:timers/promises'

const ASK_EVERY_MS = 10

/** A client of the Clustering API, as a user of OpenStack has one. */
export interface Clustering {
  readonly headers: Readonly<Record<string, string>>
  /** @param path below `/v1` @returns the answer's only member */
  send<T>(method: string, path: string, body?: object): Promise<T>
  /** Sends what an action carries out, and waits until that is over. @returns seconds from the request on */
  timed(method: string, path: string, body: object): Promise<number>
}

/** @param url of the server @param key an API key, which serves as a token */
export function createClustering(url: string, key: string): Clustering {
  const headers = { 'x-auth-token': key, 'openstack-api-version': 'clustering 1.14' }
  async function ask(method: string, path: string, body?: object): Promise<Response> {
    const response = await fetch(`${url}/gateways/senlin/v1${path}`, {
      method,
      headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    if (!response.ok)
      throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`)
    return response
  }
  async function send<T>(method: string, path: string, body?: object): Promise<T> {
    const [value] = Object.values((await (await ask(method, path, body)).json()) as object)
    return value as T
  }
  return {
    headers,
    send,
    async timed(method, path, body) {
      const begun = performance.now()
      const answer = await ask(method, path, body)
      await answer.arrayBuffer()
      const action = new URL(answer.headers.get('location') ?? '').pathname.split('/').at(-1)
      for (;;) {
        const { status, status_reason: reason } = await send<{ status: string; status_reason: string }>(
          'GET',
          `/actions/${action}`,
        )
        if (status === 'SUCCEEDED') return (performance.now() - begun) / 1000
        if (status === 'FAILED' || status === 'CANCELLED') throw new Error(`${method} ${path}: ${reason}`)
        await sleep(ASK_EVERY_MS)
      }
    },
  }
}
