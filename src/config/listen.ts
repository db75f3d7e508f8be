import { isIP } from 'node:net'
import { InvalidSpecError } from '../domain/errors.ts'

/** Where a server listens. */
export interface ListenAddress {
  readonly host: string
  /** 0: a free one. */
  readonly port: number
}

/** Where the API listens, and which gateways have an address of their own besides. */
export interface ListenAddresses extends ListenAddress {
  /** By name. */
  readonly gateways: Readonly<Record<string, ListenAddress>>
}

/** Where the server listens, and where clients look for it, unless told otherwise. */
export const DEFAULT_LISTEN: ListenAddress = { host: '127.0.0.1', port: 7717 }

/** Reads `host:port`; an IPv6 address stands in brackets. @returns undefined when it is neither */
export function parseListenAddress(raw: unknown): ListenAddress | undefined {
  const match = typeof raw === 'string' ? /^(?:\[([^\]]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(raw) : null
  if (match === null) return undefined
  const [, bracketed, plain, digits] = match
  if (bracketed !== undefined && isIP(bracketed) !== 6) return undefined
  const port = Number(digits)
  return port <= 65_535 ? { host: (bracketed ?? plain)!, port } : undefined
}

/**
 * Reads one or several of `host:port` and `gateway=host:port`, separated by commas or as a list. There is one address
 * for the API at most, and one for each gateway.
 * @returns undefined when something in it is neither
 */
export function parseListenAddresses(raw: unknown): ListenAddresses | undefined {
  const list: unknown[] = typeof raw === 'string' ? raw.split(',') : Array.isArray(raw) ? raw : [raw]
  let own: ListenAddress | undefined
  const gateways: Record<string, ListenAddress> = {}
  for (const item of list) {
    if (typeof item !== 'string') return undefined
    const [, name, text] = /^(?:([a-z][a-z0-9-]*)=)?(.*)$/s.exec(item.trim()) ?? []
    const address = text?.includes('=') ? undefined : parseListenAddress(text)
    if (!address || (name === undefined ? own !== undefined : Object.hasOwn(gateways, name))) return undefined
    if (name === undefined) own = address
    else gateways[name] = address
  }
  return { ...(own ?? DEFAULT_LISTEN), gateways }
}

interface ListenRule {
  readonly listen: ListenAddress & Partial<ListenAddresses>
  readonly tls: { readonly cert: string | null; readonly key: string | null }
  readonly allowInsecureListen: boolean
}

/**
 * API keys travel with every request, so they leave this machine encrypted or not at all.
 * @throws InvalidSpecError if the address can be reached from elsewhere, there is no TLS, and nobody allowed that
 */
export function checkListen({ listen, tls, allowInsecureListen }: ListenRule): void {
  if ((tls.cert === null) !== (tls.key === null)) {
    const missing = tls.cert === null ? 'tls.cert' : 'tls.key'
    throw new InvalidSpecError(missing, 'is needed too: TLS takes a certificate and its key')
  }
  const open = [listen, ...Object.values(listen.gateways ?? {})].find(({ host }) => !isLoopback(host))
  if (open === undefined || tls.cert !== null || allowInsecureListen) return
  throw new InvalidSpecError(
    'listen',
    `"${open.host}" can be reached from other machines, and API keys would travel in the clear. ` +
      'Listen on 127.0.0.1 instead; or give tls.cert and tls.key; or, if the network or a proxy in front encrypts, ' +
      'say so with allowInsecureListen (--allow-insecure-listen)',
  )
}

/** Whether only this machine can reach it. A name other than `localhost` may resolve to anything. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}
