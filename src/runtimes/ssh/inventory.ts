import { InvalidRequestError, RuntimeFailedError } from '../../domain/errors.ts'
import type { NodeRef } from '../runtime.ts'
import type { HostSettings, Settings } from './settings.ts'

/** One host, and the way to it. */
export interface Target {
  /** `address:port`: what the host is called wherever one is named. */
  readonly id: string
  readonly host: HostSettings
  readonly jumpHost: HostSettings | null
  readonly acceptNewHostKeys: boolean
  readonly sudo: boolean
}

/** The name of a host: `10.0.0.5:22`, `[::1]:22`. */
export function hostId(address: string, port: number): string {
  const name = address.toLowerCase()
  return name.includes(':') ? `[${name}]:${port}` : `${name}:${port}`
}

/** What a host's key is kept under: behind a jump host the same address is another machine. */
export function routeOf({ id, jumpHost }: Pick<Target, 'id' | 'jumpHost'>): string {
  return jumpHost === null ? id : `${id} via ${hostId(jumpHost.address, jumpHost.port)}`
}

/**
 * The hosts that a node may have, best first: the one that it names itself, else those of the inventory. Where a policy
 * wants the node in a zone, only those that are there.
 * @throws InvalidRequestError if the node names something that is no host
 */
export function candidatesFor(settings: Settings, node: NodeRef): readonly string[] {
  if (node.host !== undefined) return [ownHost(settings, node.host)]
  const zone = node.placement?.zone
  const fits = (host: Settings['hosts'][number]) =>
    zone === undefined || host.zone === null || host.zone === zone
  return settings.hosts.filter(fits).map(({ address, port }) => hostId(address, port))
}

/** How to get to a host, as a revision's settings say it. */
export function targetOf(settings: Settings, id: string): Target {
  const { jumpHost, acceptNewHostKeys, sudo, login } = settings
  const listed = settings.hosts.find(({ address, port }) => hostId(address, port) === id)
  const host = listed ?? { ...login, ...(parseHost(id) as { address: string; port: number }), hostKey: null }
  return { id, host, jumpHost, acceptNewHostKeys, sudo }
}

/** @throws RuntimeFailedError saying which host the node has, if this revision's inventory does not list it */
export function requireListed(settings: Settings, node: NodeRef, id: string): void {
  if (settings.hosts.length === 0 || candidatesFor(settings, { ...node, placement: {} }).includes(id)) return
  throw new RuntimeFailedError(
    `node ${node.name} is on host ${id}, which the profile's hosts do not list: list it, or delete the node`,
  )
}

function ownHost(settings: Settings, given: string): string {
  const parsed = parseHost(given)
  if (parsed === null) {
    throw new InvalidRequestError('metadata.host', `"${given}" must be an address, or address:port`)
  }
  return hostId(parsed.address, parsed.port ?? portOf(settings, parsed.address))
}

function portOf({ hosts, login }: Settings, address: string): number {
  return hosts.find((host) => host.address === address)?.port ?? login.port
}

function parseHost(text: string): { readonly address: string; readonly port: number | undefined } | null {
  const [, bracketed, plain, port] =
    /^(?:\[([0-9a-fA-F:.%]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const address = bracketed ?? plain ?? (/^[0-9a-fA-F:]+$/.test(text) ? text : undefined)
  return address === undefined ? null : { address, port: port === undefined ? undefined : Number(port) }
}
