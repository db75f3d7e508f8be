import type { JsonObject } from '../domain/ids.ts'
import { compareVersions, isPlatformVersion, type PlatformVersion } from '../domain/platform-version.ts'

/** A version of the catalogue as an operator writes it. Without a profile its nodes are what Drover has built in. */
export interface ListedVersion extends Omit<PlatformVersion, 'profile'> {
  readonly profile: PlatformVersion['profile'] | null
}

const KEYS = [
  ...['version', 'build', 'patch', 'default', 'releaseDate'],
  ...['endOfStandardSupport', 'endOfExtendedSupport', 'profile'],
]

/** What is there when nobody says otherwise: three versions in a row, of which the newest is the default. */
export const DEFAULT_VERSIONS: readonly ListedVersion[] = [
  builtIn('1.32', '2025-01-23', false),
  builtIn('1.33', '2025-05-29', false),
  builtIn('1.34', '2025-10-02', true),
]

/** Reads a catalogue; lowest first, with exactly one default. In the environment and as a flag it is JSON. */
export function readVersions(raw: unknown): readonly ListedVersion[] | undefined {
  const list = typeof raw === 'string' ? parseJson(raw) : raw
  if (!Array.isArray(list)) return undefined
  const read = list.map(readVersion)
  const versions = read.filter((version) => version !== undefined)
  const distinct = new Set(versions.map(({ version }) => version))
  if (versions.length < list.length || distinct.size < list.length) return undefined
  const defaults = versions.filter(({ isDefault }) => isDefault).length
  if (versions.length > 0 && defaults !== 1) return undefined
  return versions.toSorted((one, other) => compareVersions(one.version, other.version))
}

function readVersion(raw: unknown): ListedVersion | undefined {
  if (!isObject(raw) || Object.keys(raw).some((key) => !KEYS.includes(key))) return undefined
  // YAML takes a bare 1.30 for the number 1.3.
  const { version } = raw
  if (typeof version !== 'string' || !isPlatformVersion(version)) return undefined
  const releasedAt = toTime(raw['releaseDate'])
  const standard = raw['endOfStandardSupport'] == null ? null : toTime(raw['endOfStandardSupport'])
  const extended = raw['endOfExtendedSupport'] == null ? standard : toTime(raw['endOfExtendedSupport'])
  const profile = readProfile(raw['profile'])
  const { build = 'drover.1', patch = `${version}.0`, default: isDefault = false } = raw
  if (releasedAt === undefined || standard === undefined || extended === undefined) return undefined
  if (profile === undefined || !isText(build) || !isText(patch) || typeof isDefault !== 'boolean')
    return undefined
  return {
    ...{ version, build, patch, isDefault, releasedAt, profile },
    standardSupportEndsAt: standard,
    extendedSupportEndsAt: extended,
  }
}

/** The name of a profile, or one written out; null for the one that is built in. */
function readProfile(raw: unknown): ListedVersion['profile'] | undefined {
  if (raw === undefined || raw === null) return null
  if (isText(raw)) return { name: raw }
  if (!isObject(raw)) return undefined
  const { type, version, properties = {}, ...others } = raw
  if (!isText(type) || !isObject(properties) || Object.keys(others).length > 0) return undefined
  if (version !== undefined && !isText(version)) return undefined
  return { type, ...(version !== undefined && { version }), properties: properties as JsonObject }
}

function builtIn(version: string, releaseDate: string, isDefault: boolean): ListedVersion {
  return {
    ...{ version, build: 'drover.1', patch: `${version}.0`, isDefault, profile: null },
    ...{ releasedAt: Date.parse(releaseDate), standardSupportEndsAt: null, extendedSupportEndsAt: null },
  }
}

function toTime(raw: unknown): number | undefined {
  const text = raw instanceof Date ? raw.toISOString() : raw
  if (typeof text !== 'string' || !/^\d{4}-\d\d-\d\d/.test(text)) return undefined
  const time = Date.parse(text)
  return Number.isNaN(time) ? undefined : time
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
