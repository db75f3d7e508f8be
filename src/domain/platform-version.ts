import type { EpochMs, JsonObject } from './ids.ts'

/** A version that nodes can be on, as the operator's catalogue has it. */
export interface PlatformVersion {
  /** `major.minor`: `1.34`. */
  readonly version: string
  /** What is told apart within a version, for people: `drover.1`. */
  readonly build: string
  /** The full version: `1.34.1`. */
  readonly patch: string
  readonly isDefault: boolean
  readonly releasedAt: EpochMs
  /** Null: it does not end. */
  readonly standardSupportEndsAt: EpochMs | null
  readonly extendedSupportEndsAt: EpochMs | null
  /** What its nodes are. */
  readonly profile: VersionProfile
}

/** A profile of the project by its name, or one that Drover makes there when it is first needed. */
export type VersionProfile =
  | { readonly name: string }
  | { readonly type: string; readonly version?: string; readonly properties: JsonObject }

export type Support = 'standard' | 'extended' | 'unsupported'

/** Which platform version a cluster is on. */
export interface ClusterPlatform {
  readonly version: string
  /** The version before it, if the cluster came here by an upgrade that can still be taken back; else null. */
  readonly upgradedFrom: string | null
  readonly upgradedAt: EpochMs | null
}

/** What a cluster is on that was made on a version, or whose upgrade was taken back. */
export function platformAt(version: string): ClusterPlatform {
  return { version, upgradedFrom: null, upgradedAt: null }
}

const FORM = /^(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})$/

/** Whether a text is a version as a catalogue has them. */
export function isPlatformVersion(text: string): boolean {
  return FORM.test(text)
}

/** Negative when `one` is lower. Both must be versions of a catalogue. */
export function compareVersions(one: string, other: string): number {
  const [major = 0, minor = 0] = numbersOf(one)
  const [otherMajor = 0, otherMinor = 0] = numbersOf(other)
  return major - otherMajor || minor - otherMinor
}

/** Where `to` lies as seen from `from`: a cluster moves one minor version at a time. */
export function stepOf(from: string, to: string): 'same' | 'up' | 'down' | 'far' {
  const [major, minor = 0] = numbersOf(from)
  const [toMajor, toMinor = 0] = numbersOf(to)
  if (major !== toMajor) return 'far'
  switch (toMinor - minor) {
    case 0:
      return 'same'
    case 1:
      return 'up'
    case -1:
      return 'down'
    default:
      return 'far'
  }
}

/** How far a version is supported at a time. */
export function supportOf(
  { standardSupportEndsAt: standard, extendedSupportEndsAt: extended }: PlatformVersion,
  now: EpochMs,
): Support {
  if (standard === null || now < standard) return 'standard'
  return extended === null || now < extended ? 'extended' : 'unsupported'
}

function numbersOf(version: string): number[] {
  return version.split('.').map(Number)
}
