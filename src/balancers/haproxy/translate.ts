import type { Endpoint } from '../../domain/node.ts'

/** A line of `show servers state`, as far as it is needed. */
export interface ServerLine {
  readonly backendId: string
  readonly serverId: string
  readonly name: string
  readonly address: Endpoint
  /** Neither in maintenance nor drained by anybody. */
  readonly isOpen: boolean
}

/** Bits of `srv_admin_state` that say somebody wants no requests for a server: maintenance and drain, own or inherited. */
const NOT_WANTED = 0x01 | 0x02 | 0x04 | 0x08 | 0x10 | 0x20

/**
 * Reads the answer to `show servers state`: a version, a line of column names, one line a server. Columns are found by
 * their names, for later versions of HAProxy add some.
 * @returns undefined if this is no such answer
 */
export function readServers(answer: string): ServerLine[] | undefined {
  const [, header, ...lines] = answer.split('\n')
  if (!header?.startsWith('# be_id ')) return undefined
  const names = header.slice(2).split(' ')
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const cells = line.split(' ')
      const cell = (name: string) => cells[names.indexOf(name)] ?? ''
      return {
        backendId: cell('be_id'),
        serverId: cell('srv_id'),
        name: cell('srv_name'),
        address: { host: cell('srv_addr'), port: Number(cell('srv_port')) },
        isOpen: (Number(cell('srv_admin_state')) & NOT_WANTED) === 0,
      }
    })
}

/**
 * Reads from the answer to `show stat` of one server how many requests it has, or waits with.
 * @returns undefined if this is no such answer
 */
export function readSessions(answer: string): number | undefined {
  const [header, line] = answer.split('\n')
  if (!header?.startsWith('# pxname,') || line === undefined) return undefined
  const names = header.slice(2).split(',')
  const cells = line.split(',')
  return Number(cells[names.indexOf('scur')]) + Number(cells[names.indexOf('qcur')])
}

/**
 * Checks every second that a server answers, as the backend says how; two checks that fail take it out, one brings it back.
 * What the backend says of its servers in `default-server` does not hold for those that are added at run time.
 */
export const CHECKS = 'check inter 1s fall 2 rise 1'

export function addCommand(backend: string, server: string, address: Endpoint, options: string): string {
  return `add server ${backend}/${server} ${toAddress(address)}${options && ` ${options}`}`
}

function toAddress({ host, port }: Endpoint): string {
  return `${host.includes(':') ? `ipv6@[${host}]` : host}:${port}`
}
