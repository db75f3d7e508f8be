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
 * @throws Fault 400 when it is not N.N as people write it, 406 when it is not one of 1.0 to {@link NEWEST}
 */
export function parseMicroversion(header: string | undefined): number {
  const parts = (header ?? '').split(',').map((part) => part.trim().split(/\s+/))
  const [, ...words] = parts.find(([service, version]) => service === 'clustering' && version) ?? []
  if (words.length === 0) return 0
  const wanted = words.join(' ')
  if (wanted.toLowerCase() === 'latest') return NEWEST
  const [, major, minor] = /^([1-9]\d*)\.([1-9]\d*|0)$/.exec(wanted) ?? []
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

/**
 * Refuses what came with a later microversion.
 * @param since the x of the 1.x that brought it
 * @throws Fault 400
 */
export function checkSince(since: number | undefined, minor: number): void {
  if ((since ?? 0) <= minor) return
  throw new Fault(
    400,
    'MethodVersionNotFound',
    `API version '${toText(minor)}' is not supported on this method.`,
  )
}
