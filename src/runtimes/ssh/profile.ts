import type { Properties, ValuesOf } from '../../domain/property.ts'

const login = {
  password: {
    type: 'String',
    secret: true,
    default: null,
    description: 'Password to log in with, also where the host asks for it in a dialogue.',
  },
  privateKey: {
    type: 'String',
    secret: true,
    default: null,
    description: 'Private key to log in with, in PEM or OpenSSH format.',
  },
  passphrase: {
    type: 'String',
    secret: true,
    default: null,
    description: 'What unlocks the private key.',
  },
} as const satisfies Properties

const host = {
  address: { type: 'String', required: true, description: 'Name or address at which the host is reached.' },
  sshPort: {
    type: 'Integer',
    min: 1,
    max: 65_535,
    default: null,
    description: "Port of its sshd. Default: the profile's.",
  },
  user: { type: 'String', default: null, description: "Who to log in as. Default: the profile's." },
  ...login,
  hostKey: {
    type: 'String',
    default: null,
    description:
      'The key by which the host is known: "ssh-ed25519 AAAA…" as ssh-keyscan prints it, or "SHA256:…". Without it, the ' +
      'first key that the host shows is kept, and has to stay.',
  },
} as const satisfies Properties

/** Properties of a profile of type `ssh`, version 1.0. */
export const properties = {
  hosts: {
    type: 'List',
    maxItems: 10_000,
    default: [],
    items: {
      type: 'Map',
      description: 'One host.',
      properties: {
        ...host,
        zone: {
          type: 'String',
          default: null,
          description: 'Where it stands: a zone that placement policies may name.',
        },
      },
    },
    description:
      'The hosts that nodes are put on, in this order: each carries at most one node of a cluster. A node may name one ' +
      'itself, as `host` in its metadata.',
  },
  user: { type: 'String', default: 'root', description: 'Who to log in as.' },
  ...login,
  sshPort: { type: 'Integer', min: 1, max: 65_535, default: 22, description: "Port of the hosts' sshd." },
  jumpHost: {
    type: 'Map',
    default: null,
    properties: host,
    description: 'A host that the way to all others leads through.',
  },
  acceptNewHostKeys: {
    type: 'Boolean',
    default: true,
    description:
      'Whether the first key that a host shows is taken for the right one; else each needs its hostKey.',
  },
  sudo: { type: 'Boolean', default: false, description: 'Do everything on the host through `sudo -n`.' },
  folder: {
    type: 'String',
    default: '.drover',
    description:
      "Folder on the host for all that is Drover's; relative to the home of the user (with sudo: root's).",
  },
  service: {
    type: 'String',
    allowed: ['auto', 'systemd', 'supervised'],
    default: 'auto',
    description:
      'Whether the node is a unit of systemd, or a process of its own. `auto`: a unit where there is systemd and Drover ' +
      'works as root.',
  },
  keepReleases: {
    type: 'Integer',
    min: 1,
    max: 100,
    default: 3,
    description: 'Releases of code kept on the host, the current one included, so that going back is quick.',
  },
  driftSeconds: {
    type: 'Integer',
    min: 0,
    max: 86_400,
    default: 60,
    description:
      'How often it is looked at closely whether the host is as it was left: files, and processes of other starts. 0: never.',
  },
  command: {
    type: 'List',
    items: { type: 'String', description: 'A word.' },
    default: null,
    description:
      'Program and arguments, run in the code folder without a shell. If there is an initialization script, its path is ' +
      'appended: the command then takes the place of the interpreter.',
  },
  environment: { type: 'Map', default: null, description: 'Environment variables of the node.' },
  port: {
    type: 'Integer',
    min: 1,
    max: 65_535,
    default: null,
    description: 'The port at which the node serves on its host; the node gets it as PORT.',
  },
  argumentForm: {
    type: 'String',
    allowed: ['dash', 'doubleDash', 'equals', 'bare'],
    default: 'dash',
    description: 'How command-line arguments are written: -key value, --key value, --key=value, key value.',
  },
  stopGraceSeconds: {
    type: 'Number',
    min: 0,
    max: 86_400,
    default: null,
    description: "Between SIGTERM and SIGKILL. Default: the manifest's, or 10.",
  },
  hooks: { type: 'Map', default: null, description: 'Commands run around what is done to a node.' },
  preStopFailure: {
    type: 'String',
    allowed: ['keep', 'stop'],
    default: 'keep',
    description:
      'What a failing preStop does: keep the node running and fail the step, or stop it all the same.',
  },
  healthCheck: {
    type: 'Map',
    default: null,
    description:
      'How to tell that a node works. Commands run on the host; http and tcp are tried from where Drover runs.',
  },
  readiness: {
    type: 'Map',
    default: null,
    description:
      'How a node says whether it wants requests: `path`, `port`, `timeoutSeconds`, and `drainSeconds`, for which it is ' +
      'waited after preStop until the path does not pass any more. Asked from where Drover runs; while it drains, by curl ' +
      'or wget on the host.',
  },
} as const satisfies Properties

/** A host, as a profile lists it. */
export type HostProperties = ValuesOf<typeof host>
