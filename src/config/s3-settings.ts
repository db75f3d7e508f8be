import { readPublicUrl } from './public-url.ts'
import { bytes, integer, structure, words } from './setting.ts'

/** Where bundles are fetched from: the settings under `s3`. */
export const S3_SETTINGS = {
  endpoint: structure<string | null>({
    placeholder: 'url',
    kind: 'an http or https URL, like https://minio.example:9000',
    sentence:
      'The S3-compatible store that bundles are fetched from; nothing but it is ever asked. Credentials come from where ' +
      'the AWS SDK looks for them (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, a role), never from settings.',
    default: null,
    defaultText: 'Amazon S3 if `s3.region` is set, else none',
    read: readPublicUrl,
  }),
  region: structure<string | null>({
    placeholder: 'name',
    kind: 'a region, like eu-west-1',
    sentence: 'Region of the buckets.',
    default: null,
    defaultText: '`us-east-1` with an endpoint, else no S3 at all',
    read: (raw) => (typeof raw === 'string' && /^[a-z0-9-]{1,40}$/.test(raw) ? raw : undefined),
  }),
  forcePathStyle: structure<boolean | null>({
    placeholder: 'true|false',
    kind: 'true or false',
    sentence: 'Whether a bucket stands in the path of a request; else it is a part of the host name.',
    default: null,
    defaultText: '`true` with an endpoint, else `false`',
    read: (raw) => (/^(true|false)$/.test(String(raw)) ? String(raw) === 'true' : undefined),
  }),
  buckets: words({
    kind: 'a list of names of buckets',
    sentence:
      'The only buckets that bundles may be fetched from; empty for all that the credentials can read.',
    default: [],
  }),
  timeoutSeconds: integer({
    min: 1,
    max: 86_400,
    unit: 'seconds',
    sentence: 'The longest time that fetching one object may take.',
    default: 900,
  }),
  idleSeconds: integer({
    min: 1,
    max: 3600,
    unit: 'seconds',
    sentence: 'The longest time that the store may be silent before it is asked again.',
    default: 30,
  }),
  maxFetches: integer({
    min: 1,
    max: 1000,
    sentence: 'Objects fetched at the same time; others wait for their turn.',
    default: 4,
  }),
} as const

/** Buckets that Drover keeps itself: the settings under `buckets`. */
export const BUCKET_SETTINGS = {
  maxPerProject: integer({
    min: 0,
    sentence: 'Most buckets of its own that Drover keeps for one project; 0 for no limit.',
    default: 100,
  }),
  maxVersions: integer({
    min: 1,
    sentence: 'Most versions of objects in one bucket.',
    default: 10_000,
  }),
  maxBytesPerProject: bytes({
    min: 1024,
    sentence: "Most bytes in one project's buckets, all versions together.",
    default: 10 * 1024 ** 3,
  }),
} as const
