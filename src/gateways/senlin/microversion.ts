import { Fault } from './errors.ts'

/** The newest 1.x that this gateway speaks. */
export const NEWEST = 14

/** How a microversion is written in headers. */
export function toText(minor: number): string {
  return `1.${minor}`
}

/**
 * The microversion that a request asks for: the x of 1.x. `OpenStack-API-Version` may name several services,
 * separated by commas; without a part for this one it is 1.0.
 * @throws Fault 400 when it is not N.N, 406 when it is not one of 1.0 to {@link NEWEST}
 */
export function parseMicroversion(header: string | undefined): number {
  const parts = (header ?? '').split(',').map((part) => part.trim().split(/\s+/))
  const wanted = parts.find(([service, version]) => service === 'clustering' && version !== undefined)?.[1]
  if (wanted === undefined) return 0
  if (wanted.toLowerCase() === 'latest') return NEWEST
  const [, major, minor] = /^(\d+)\.(\d+)$/.exec(wanted) ?? []
  if (major === undefined || minor === undefined) {
    throw new Fault(
      400,
      'BadRequest',
      `API Version String '${wanted}' is of invalid format. It must be of format 'major.minor'.`,
    )
  }
  if (Number(major) !== 1 || Number(minor) > NEWEST) {
    throw new Fault(
      406,
      'InvalidGlobalAPIVersion',
      `Version '${wanted}' is not supported by the API. Minimum is '1.0' and maximum is '${toText(NEWEST)}'.`,
    )
  }
  return Number(minor)
}
