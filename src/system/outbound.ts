import { type LookupAddress, lookup as lookupName } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { isNetwork } from './network.ts'

/**
 * Which addresses this program connects to because somebody who is not its operator named them, as policies do. What a
 * name stands for is looked at when it is connected to, and that very address is taken: a name that answers differently
 * the second time gains nothing.
 */
export interface Outbound {
  /** @throws Error for people, when nobody may be reached under this name or address, whatever it stands for */
  check(host: string): void
  /** For `node:net` and all that is built on it, which ask it for names alone: addresses are for `check`. */
  readonly lookup: LookupFunction
  /** Whether that UNIX socket may be connected to. */
  allowsSocket(path: string): boolean
}

/** Stands for everything that does not have to be named. */
const ANY = 'any'

/**
 * Never meant by a policy, unless the operator names them: on such addresses clouds tell a machine its credentials, or
 * they stand for the machine itself, or for many.
 */
const SPECIAL: readonly string[] = [
  ...['0.0.0.0/8', '169.254.0.0/16', '100.100.100.200/32', '168.63.129.16/32', '224.0.0.0/3'],
  ...['::/128', 'fe80::/10', 'fd00:ec2::/32', 'ff00::/8'],
]

/** @param rules names, `*.` names, addresses, networks, paths of UNIX sockets or (with `/` at the end) of folders, and `any` */
export function createOutbound(rules: readonly string[]): Outbound {
  const special = toBlockList(SPECIAL)
  const named = toBlockList(rules.filter(isNetwork))
  const names = rules.filter((rule) => !isNetwork(rule) && !rule.startsWith('/')).map(lower)
  const paths = rules.filter((rule) => rule.startsWith('/'))
  const isAny = names.includes(ANY)
  const isNamed = (host: string) =>
    names.some((name) => (name.startsWith('*.') ? host.endsWith(name.slice(1)) : name === host))

  const refusalOf = (address: string, isNameAllowed: boolean): string | null => {
    if (holds(named, address)) return null
    if (holds(special, address))
      return `${address} is an address that only the setting outbound.allow can allow, by itself`
    return isAny || isNameAllowed ? null : `${address} is not allowed by the setting outbound.allow`
  }
  return {
    check(host) {
      const bare = lower(host.replace(/^\[|\]$/g, ''))
      const refusal = isIP(bare) === 0 ? null : refusalOf(bare, false)
      if (refusal !== null) throw new Error(refusal)
    },
    lookup(host, options, callback) {
      lookupName(host, { ...options, all: true }, (error, found) => {
        if (error) return callback(error, [])
        const isNameAllowed = isNamed(lower(host))
        const refusals = found.map(({ address }) => refusalOf(address, isNameAllowed))
        const allowed = found.filter((_, at) => refusals[at] === null)
        const [first] = allowed
        if (!first) return callback(new Error(refusals[0] ?? `${host} has no address`), [])
        if (options.all === true) return callback(null, allowed as LookupAddress[])
        return callback(null, first.address, first.family)
      })
    },
    allowsSocket: (path) =>
      isAny || paths.some((rule) => (rule.endsWith('/') ? path.startsWith(rule) : path === rule)),
  }
}

function toBlockList(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    const family = familyOf(address)
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}

function holds(list: BlockList, address: string): boolean {
  // An IPv4 address in the dress of an IPv6 one is the same address.
  const [, dotted] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? []
  return list.check(address, familyOf(address)) || (dotted !== undefined && list.check(dotted, 'ipv4'))
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}

function lower(host: string): string {
  return host.toLowerCase()
}
