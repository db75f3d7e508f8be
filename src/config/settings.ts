import { join } from 'node:path'
import { DEFAULT_BUNDLE_LIMITS } from '../bundles/limits.ts'
import { DRIFT_SETTINGS } from './drift-settings.ts'
import { AWS_SETTINGS, CCE_SETTINGS, FINSPACE_SETTINGS } from './gateway-settings.ts'
import { DEFAULT_LISTEN, type ListenAddresses, parseListenAddresses } from './listen.ts'
import { OUTBOUND_SETTINGS } from './outbound-settings.ts'
import { PLATFORM_SETTINGS } from './platform-settings.ts'
import { readPublicUrl } from './public-url.ts'
import { BUCKET_SETTINGS, S3_SETTINGS } from './s3-settings.ts'
import {
  boolean,
  bytes,
  integer,
  oneOf,
  parseJson,
  path,
  pathOrPostgresUrl,
  type Setting,
  structure,
  text,
  words,
} from './setting.ts'

/**
 * Every setting of the server, once: its name is its place in this object, its variable and its flag follow from
 * that (`engine.leaseSeconds`, `DROVER_ENGINE_LEASE_SECONDS`, `--engine-lease-seconds`). docs/config.md is made of it.
 */
export const SETTINGS = {
  data: path<string>({
    sentence: 'Folder of everything Drover keeps: database, bundles, node folders, the administrator key.',
    default: ({ data }) => data,
    defaultText: '`/var/lib/drover` as root, else `$XDG_DATA_HOME/drover` or `~/.local/share/drover`',
  }),
  listen: structure<ListenAddresses>({
    placeholder: '[gateway=]host:port',
    kind:
      'an address with a port, like 127.0.0.1:7717 or [::1]:7717, or several, of which others are those of ' +
      'gateways, like senlin=127.0.0.1:8778',
    sentence:
      'Where the API listens; port 0 takes a free one. Beyond this machine it needs TLS. A gateway is always below ' +
      '`/gateways/` there, and can be given an address of its own besides, for clients that cannot carry a path: ' +
      'repeat the flag, in a file give a list, in the environment separate them by commas.',
    default: { ...DEFAULT_LISTEN, gateways: {} },
    defaultText: '`127.0.0.1:7717`',
    repeatable: true,
    read: parseListenAddresses,
  }),
  publicUrl: structure<string | null>({
    placeholder: 'url',
    kind: 'an http or https URL, like https://drover.example',
    sentence:
      'How clients reach the API, if a proxy in front makes that another address than they connect to; gateways tell ' +
      'their clients to go there.',
    default: null,
    defaultText: 'what the client connected to',
    read: readPublicUrl,
  }),
  allowInsecureListen: boolean({
    sentence:
      'Listen beyond this machine without TLS: for a network that encrypts by itself, or a proxy in front.',
    default: false,
  }),
  tls: {
    cert: path<string | null>({
      sentence: 'Certificate chain, PEM. Together with `tls.key`.',
      default: null,
    }),
    key: path<string | null>({
      sentence: 'Private key, PEM; other users must not be able to read it.',
      default: null,
    }),
  },
  database: pathOrPostgresUrl({
    sentence:
      'SQLite database file, on a local disk, or URL of a PostgreSQL database (14 or later), which several servers ' +
      'may share. A flag must not have the password in it: other users can read it.',
    default: ({ data }) => join(data, 'drover.db'),
    defaultText: '`drover.db` in the data folder',
  }),
  databasePasswordFile: path<string | null>({
    sentence:
      'File whose first line is the password of the PostgreSQL user. Without it, that of the URL counts, or PGPASSFILE.',
    default: null,
  }),
  secret: {
    key: structure<readonly string[]>({
      placeholder: 'key',
      kind: 'a key of 32 bytes in base64, or several, separated by commas',
      sentence:
        'The key that secrets in the database are sealed with, instead of one in a file. Servers that share a database ' +
        'must have the same. Of several, the first one seals, and all of them open what they sealed before: see ' +
        'docs/operations.md.',
      default: [],
      defaultText: 'the key in `secret.keyFile`',
      isSecret: true,
      read: readSecretKeys,
    }),
    keyFile: path<string>({
      sentence:
        'File with that key, a line for each, which only its owner may read; the first start makes it. Keep a copy of it: ' +
        'without it, nobody can read the secrets in the database or in a backup.',
      default: ({ data }) => join(data, 'secret.key'),
      defaultText: '`secret.key` in the data folder',
    }),
  },
  databaseConnections: integer({
    min: 3,
    max: 1000,
    sentence: 'Most connections to PostgreSQL at the same time, beside one that listens for changes.',
    default: 10,
  }),
  logLevel: oneOf({
    values: ['trace', 'debug', 'info', 'warn', 'error', 'silent'],
    sentence: 'The least important messages that the program log (JSON lines on standard error) has.',
    default: 'info',
  }),
  engine: {
    leaseSeconds: integer({
      min: 1,
      max: 300,
      unit: 'seconds',
      sentence: 'An engine that has not renewed its lease for this long loses its clusters to another one.',
      default: 5,
    }),
    pollSeconds: integer({
      min: 1,
      max: 60,
      unit: 'seconds',
      sentence: 'How often the engine looks for work that nobody told it of.',
      default: 1,
    }),
    maxOperations: integer({
      min: 1,
      max: 10_000,
      sentence: 'Node operations (preparing, starting, stopping, removing) under way at the same time.',
      default: 64,
    }),
    maxChecks: integer({
      min: 1,
      max: 10_000,
      sentence: 'Health checks under way at the same time.',
      default: 256,
    }),
  },
  clusters: {
    maxPerProject: integer({
      min: 0,
      max: 1_000_000,
      sentence: 'Most clusters that one project may have; 0 for no limit.',
      default: 100,
    }),
  },
  drift: DRIFT_SETTINGS,
  environments: {
    maxPerProject: integer({
      min: 0,
      max: 1_000_000,
      sentence: 'Most environments that one project may have; 0 for no limit.',
      default: 100,
    }),
  },
  platform: PLATFORM_SETTINGS,
  policies: {
    healthMinIntervalSeconds: integer({
      min: 1,
      max: 86_400,
      unit: 'seconds',
      sentence: 'The shortest time between two looks that a health policy may ask for.',
      default: 60,
    }),
    recoveryPercent: integer({
      min: 1,
      max: 100,
      unit: 'percent',
      sentence:
        "Most of a pool's nodes that a health policy brings back at once, at least one; when more fail together, others " +
        'wait for their turn.',
      default: 20,
    }),
  },
  outbound: OUTBOUND_SETTINGS,
  balancers: {
    haproxySocket: structure<string | null>({
      placeholder: 'address',
      kind: 'the path of a UNIX socket, or tcp://host:port',
      sentence:
        'The runtime API, at level admin, of the HAProxy that load-balance policies mean by the `id` of a pool: their ' +
        'nodes become servers of the backend of that name.',
      default: null,
      defaultText: 'none; such policies then do nothing',
      read: readHaproxySocket,
    }),
  },
  bundles: {
    maxArchiveBytes: bytes({
      min: 1024,
      sentence: 'Largest zip file that is taken in.',
      default: DEFAULT_BUNDLE_LIMITS.maxArchiveBytes,
    }),
    maxUnpackedBytes: bytes({
      min: 1024,
      sentence: "Most bytes that a bundle's files may have together, unpacked.",
      default: DEFAULT_BUNDLE_LIMITS.maxUnpackedBytes,
    }),
    maxEntries: integer({
      min: 1,
      sentence: 'Most files, folders and symlinks in a bundle.',
      default: DEFAULT_BUNDLE_LIMITS.maxEntries,
    }),
    maxRatio: integer({
      min: 2,
      sentence: 'Most unpacked bytes per byte of the zip file, looked at beyond the first 10 MiB.',
      default: DEFAULT_BUNDLE_LIMITS.maxRatio,
    }),
  },
  buckets: BUCKET_SETTINGS,
  s3: S3_SETTINGS,
  retention: {
    bundles: {
      keepVersions: integer({
        min: 1,
        sentence: 'Versions of a name that are always kept, the newest ones.',
        default: 10,
      }),
      unusedForDays: integer({
        min: 1,
        unit: 'days',
        sentence: 'An older version goes once no revision has used it for this long.',
        default: 30,
      }),
    },
    revisions: {
      keep: integer({
        min: 1,
        sentence: 'Revisions kept for each pool beside the committed one, to roll back to.',
        default: 10,
      }),
    },
    eventsDays: integer({ min: 1, unit: 'days', sentence: 'How long events are kept.', default: 90 }),
    actionsDays: integer({ min: 1, unit: 'days', sentence: 'How long ended actions are kept.', default: 30 }),
  },
  tokens: {
    lifetimeSeconds: integer({
      min: 60,
      max: 30 * 24 * 3600,
      unit: 'seconds',
      sentence: "How long a user's login lasts.",
      default: 3600,
    }),
  },
  receivers: {
    triggersPerMinute: integer({
      min: 0,
      sentence: 'Calls a minute that one webhook takes; 0 for no limit.',
      default: 120,
    }),
    maxWaitingMessages: integer({
      min: 1,
      max: 100_000,
      sentence: 'Most messages that may wait in the queue of one receiver.',
      default: 1000,
    }),
  },
  process: {
    host: text({
      kind: 'a host name or an IP address of this machine',
      sentence: 'Where local processes are reached: for health checks, and as the host of their endpoints.',
      default: '127.0.0.1',
    }),
    portFrom: integer({
      min: 1024,
      max: 65_535,
      sentence: 'First port that nodes may be given.',
      default: 20_000,
    }),
    portTo: integer({
      min: 1024,
      max: 65_535,
      sentence: 'Last port that nodes may be given.',
      default: 29_999,
    }),
    logs: {
      maxBytes: bytes({
        min: 4096,
        sentence: "Size at which a node's log file is put aside and a new one begun.",
        default: 10 * 1024 ** 2,
      }),
      keep: integer({
        min: 1,
        max: 100,
        sentence: 'Log files put aside that are kept for each node.',
        default: 5,
      }),
    },
    interpreters: structure<Readonly<Record<string, readonly string[]>>>({
      placeholder: 'json',
      kind: 'an object of program and arguments by file ending, like {".py": ["python3", "-u"]}',
      sentence: 'What runs an initialization script; added to the endings known by themselves, and stronger.',
      default: {},
      read: readInterpreters,
    }),
    passEnvironment: words({
      kind: 'a list of names of environment variables',
      sentence: "Variables of Drover's own environment that nodes may be handed.",
      default: ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'],
    }),
  },
  aws: AWS_SETTINGS,
  cce: CCE_SETTINGS,
  ssh: {
    maxConnections: integer({
      min: 1,
      max: 10_000,
      sentence: 'Most connections to hosts open at the same time, jump hosts not counted.',
      default: 256,
    }),
    idleSeconds: integer({
      min: 1,
      max: 86_400,
      unit: 'seconds',
      sentence: 'How long a connection to a host is kept when nothing uses it.',
      default: 60,
    }),
    connectTimeoutSeconds: integer({
      min: 1,
      max: 300,
      unit: 'seconds',
      sentence: 'How long connecting to a host and logging in may take.',
      default: 10,
    }),
  },
  finspace: FINSPACE_SETTINGS,
  http: {
    requestTimeoutSeconds: integer({
      min: 1,
      max: 86_400,
      unit: 'seconds',
      sentence: "The longest time for a request's body to arrive, uploads of bundles excepted.",
      default: 30,
    }),
    rateLimitPerSecond: integer({
      min: 0,
      sentence:
        'Requests a second that one credential (or, without one, one address) may make; 0 for no limit.',
      default: 2000,
    }),
    maxBodyBytes: bytes({
      min: 1024,
      sentence: 'Largest request body, bundles excepted.',
      default: 1024 ** 2,
    }),
    metricsAuth: boolean({
      sentence: 'Whether `/metrics` asks for an API key.',
      default: true,
    }),
  },
} as const satisfies SettingTree

/** Settings under names, in groups. */
export interface SettingTree {
  readonly [name: string]: Setting<unknown> | SettingTree
}

type ConfigOf<Tree> = {
  readonly [Name in keyof Tree]: Tree[Name] extends Setting<infer Value> ? Value : ConfigOf<Tree[Name]>
}

/** What the server runs with: every setting, resolved and checked. */
export type Config = ConfigOf<typeof SETTINGS>

/** The part of the configuration that gateways are handed. */
export type GatewayConfig = Pick<Config, 'aws' | 'cce' | 'finspace'>

/** A path, or an address with its scheme. */
function readHaproxySocket(raw: unknown): string | undefined {
  return typeof raw === 'string' && /^(\/.+|tcp:\/\/[^/\s]+:\d{1,5})$/.test(raw) ? raw : undefined
}

/** In the environment, several are separated by commas. */
function readSecretKeys(raw: unknown): readonly string[] | undefined {
  const keys = typeof raw === 'string' ? raw.split(',').map((key) => key.trim()) : raw
  const isKey = (key: unknown) => typeof key === 'string' && /^[A-Za-z0-9+/]{43}=$/.test(key)
  return Array.isArray(keys) && keys.length > 0 && keys.every(isKey) ? (keys as string[]) : undefined
}

/** In the environment and as a flag it is written as JSON. */
function readInterpreters(raw: unknown): Readonly<Record<string, readonly string[]>> | undefined {
  const value = typeof raw === 'string' ? parseJson(raw) : raw
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const isCommand = (command: unknown) =>
    Array.isArray(command) && command.length > 0 && command.every((word) => typeof word === 'string' && word)
  const isEntry = ([ending, command]: [string, unknown]) => /^\.[^./]+$/.test(ending) && isCommand(command)
  return Object.entries(value).every(isEntry) ? (value as Record<string, readonly string[]>) : undefined
}
