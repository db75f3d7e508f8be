import { DEFAULT_VERSIONS, type ListedVersion, readVersions } from './platform-versions.ts'
import { integer, structure } from './setting.ts'

/** The versions that clusters can be on. */
export const PLATFORM_SETTINGS = {
  versions: structure<readonly ListedVersion[]>({
    placeholder: 'json',
    kind:
      'a list of versions, like [{"version": "1.34", "releaseDate": "2025-10-02", "default": true}], exactly one of ' +
      'them the default',
    sentence:
      'The versions that clusters can be on, each `major.minor`, in quotes: with `releaseDate`, `build` and `patch` for ' +
      'people, `endOfStandardSupport` and `endOfExtendedSupport` (dates; absent: never), and the `profile` of its nodes: ' +
      'the name of one, or `type` and `properties`; absent: a small server that says its version.',
    default: DEFAULT_VERSIONS,
    defaultText: '`1.32`, `1.33` and `1.34`, the last of them the default',
    read: readVersions,
  }),
  rollbackHours: integer({
    min: 1,
    max: 8760,
    unit: 'hours',
    sentence: 'How long after an upgrade a cluster can go back to the version before.',
    default: 168,
  }),
} as const
