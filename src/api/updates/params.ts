import { Type } from 'typebox'
import type { NodeTemplate as Template } from '../../domain/revision.ts'
import { DEFAULT_UPDATE_PARAMS as defaults, type UpdateOrder } from '../../domain/update.ts'
import { oneOf, record, reference } from '../schema.ts'

export const StrategyWord = oneOf(
  ['ROLLING', 'FORCE', 'NO_RESTART'],
  'ROLLING: a bounded number at a time. FORCE: stop all, then start all. NO_RESTART: put the code in place and restart nothing.',
)

const seconds = (minimum: number, value: number, description: string) =>
  Type.Number({ minimum, maximum: 2_592_000, description: `${description} Default ${value}.` })

const PERCENTAGE = '^(100|[1-9][0-9]?)%$'

/** A number of nodes or a percentage. @param least 0 where none may do */
const nodes = (least: 0 | 1, description: string) =>
  Type.Unsafe<number | string>({
    type: ['integer', 'string'],
    minimum: least,
    pattern: least === 0 ? '^(100|[0-9]|[1-9][0-9])%$' : PERCENTAGE,
    description,
  })

const nullableNodes = (description: string) =>
  Type.Unsafe<number | string | null>({
    type: ['integer', 'string', 'null'],
    minimum: 0,
    pattern: '^(100|[0-9]|[1-9][0-9])%$',
    description,
  })

const Order = Type.Unsafe<UpdateOrder>(
  record(
    {
      by: oneOf(
        ['index', 'reverse-index', 'zone', 'list', 'random'],
        '`zone`: one zone after the other, never nodes of two at once. `list`: `nodes` first, then the others by index. `random`: the same each time for the same `seed`.',
      ),
      seed: Type.Optional(Type.Integer({ minimum: 0, description: 'For `random`. Default 0.' })),
      nodes: Type.Optional(
        Type.Array(Type.String({ minLength: 1, maxLength: 255 }), {
          minItems: 1,
          maxItems: 10_000,
          description: 'For `list`: ids or names.',
        }),
      ),
    },
    {
      description:
        'The order in which nodes move, by index if nothing is said. Nodes that do not serve always come first.',
    },
  ),
)

const params = {
  strategy: StrategyWord,
  order: Order,
  maxUnavailable: nodes(
    0,
    'a number of nodes, or a percentage of the pool like "25%", rounded down: at least 1, unless `maxSurge` lets replacements start first.',
  ),
  maxSurge: nodes(
    0,
    'Nodes that may have a replacement started beside them at once, and serve until it does: a number, or a percentage of the pool, rounded up. For ROLLING, where nodes can. Default 0.',
  ),
  batchPauseSeconds: Type.Unsafe<number | null>({
    type: ['number', 'null'],
    minimum: 0,
    maximum: 2_592_000,
    description:
      'Nodes move in whole batches of `maxUnavailable` and `maxSurge`, with this pause in between. Default null: the next node follows as soon as one is back.',
  }),
  checkpoints: Type.Unsafe<readonly (number | string)[]>(
    Type.Array(nodes(1, 'A number of nodes, or a percentage of the selected ones, rounded up.'), {
      maxItems: 20,
      description: 'Once so many nodes are updated, the update stops and holds. Default none.',
    }),
  ),
  holdSeconds: Type.Unsafe<number | null>({
    type: ['number', 'null'],
    minimum: 0,
    maximum: 2_592_000,
    description: 'How long each checkpoint holds at most. Default null: until somebody says to go on.',
  }),
  afterHold: oneOf(
    ['continue', 'roll-back'],
    'What happens when `holdSeconds` are over and nobody has said to go on. Default `continue`.',
  ),
  minReadySeconds: seconds(
    0,
    defaults.minReadySeconds,
    'How long a node must stay healthy before it counts as updated.',
  ),
  bakeSeconds: seconds(
    0,
    defaults.bakeSeconds,
    'How long all updated nodes have to stay well after the last one, before the revision is committed.',
  ),
  maxFailures: nodes(
    0,
    `Failed nodes that are tolerated: a number, or a percentage of the selected ones, rounded down. Default ${defaults.maxFailures}.`,
  ),
  maxUnhealthyUpdated: nullableNodes(
    'Updated nodes that may have become unhealthy since: a number, or a percentage of the selected ones, rounded down. Default null: they count among `maxFailures`.',
  ),
  maxUnhealthy: nullableNodes(
    'While more nodes of the whole pool do not serve (a number, or a percentage of it, rounded down), no node that serves is touched. Default null: only `maxUnavailable` counts.',
  ),
  onFailure: oneOf(
    ['rollback', 'pause', 'continue'],
    'What to do when more nodes failed than are tolerated.',
  ),
  progressDeadlineSeconds: seconds(
    1,
    defaults.progressDeadlineSeconds,
    'The longest time without any progress before the update counts as failed.',
  ),
  nodeTimeoutSeconds: seconds(
    1,
    defaults.nodeTimeoutSeconds,
    'The longest time one node may take to become healthy.',
  ),
}

/** All of them, in answers. */
export const UpdateParamsResource = record(params, {
  $id: 'UpdateParams',
  description: 'How an update goes about it.',
  examples: [defaults],
})

/** Those that the caller wants otherwise. */
export const UpdateParamsInput = record(
  {
    strategy: Type.Optional(params.strategy),
    order: Type.Optional(params.order),
    maxUnavailable: Type.Optional(params.maxUnavailable),
    maxSurge: Type.Optional(params.maxSurge),
    batchPauseSeconds: Type.Optional(params.batchPauseSeconds),
    checkpoints: Type.Optional(params.checkpoints),
    holdSeconds: Type.Optional(params.holdSeconds),
    afterHold: Type.Optional(params.afterHold),
    minReadySeconds: Type.Optional(params.minReadySeconds),
    bakeSeconds: Type.Optional(params.bakeSeconds),
    maxFailures: Type.Optional(params.maxFailures),
    maxUnhealthyUpdated: Type.Optional(params.maxUnhealthyUpdated),
    maxUnhealthy: Type.Optional(params.maxUnhealthy),
    onFailure: Type.Optional(params.onFailure),
    progressDeadlineSeconds: Type.Optional(params.progressDeadlineSeconds),
    nodeTimeoutSeconds: Type.Optional(params.nodeTimeoutSeconds),
  },
  { description: 'How an update goes about it; what is not named keeps its default.' },
)

const Hook = record({
  command: Type.Optional(
    Type.Array(Type.String({ maxLength: 4096 }), {
      minItems: 1,
      maxItems: 100,
      description: 'Program and arguments, run in the node’s code folder.',
    }),
  ),
  script: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 65_536,
      description:
        'Instead of a command: the text of a script, run by the program of its `#!` line, else by `/bin/sh`.',
    }),
  ),
  timeoutSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 86_400, description: 'Default 60.' })),
})

const Credential = Type.String({ minLength: 1, maxLength: 16_384 })

const NodeTemplate = record(
  {
    hooks: Type.Optional(
      record({
        preInstall: Type.Optional(Hook),
        postInstall: Type.Optional(Hook),
        preStop: Type.Optional(Hook),
        postStart: Type.Optional(Hook),
      }),
    ),
    login: Type.Optional(
      record(
        {
          userName: Type.String({ minLength: 1, maxLength: 32 }),
          password: Type.Optional(Credential),
          keyPair: Type.Optional(Credential),
          privateKey: Type.Optional(Credential),
        },
        {
          description:
            'How one gets into a node that is a machine: exactly one of a password, the name of a key pair, and a ' +
            'key. Password and key are never shown again.',
        },
      ),
    ),
  },
  { description: 'What is done to a node around its software.' },
)

const code = {
  bundle: reference('Id, `name@version`, or a name alone for its newest version.'),
  initializationScript: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 1024,
      description: 'Path inside the bundle; overrides the manifest’s.',
    }),
  ),
  commandLineArguments: Type.Optional(
    Type.Array(record({ key: Type.String({ maxLength: 1024 }), value: Type.String({ maxLength: 4096 }) }), {
      maxItems: 100,
    }),
  ),
}

const around = {
  // That a hook is a command or a script, and a login one of three things, is the verb's to check.
  nodeTemplate: Type.Optional(Type.Unsafe<Template>(NodeTemplate)),
  version: Type.Optional(
    Type.String({ minLength: 1, maxLength: 64, description: 'The platform version that nodes are told.' }),
  ),
}

/** What nodes run. */
export const software = {
  profile: reference('The profile, by id or name.'),
  code: Type.Optional(record(code)),
  ...around,
}

/** What the nodes of a new cluster or pool run. */
export const versionedSoftware = {
  ...software,
  profile: Type.Optional({
    ...software.profile,
    description: 'The profile, by id or name. Needed unless the cluster is on a version of the catalogue.',
  } as typeof software.profile),
}

/** What is to be different; the rest stays as it is in the committed revision. */
export const softwareChanges = {
  profile: Type.Optional(software.profile),
  code: Type.Optional(record({ ...code, bundle: Type.Optional(code.bundle) })),
  ...around,
}
