import Type from 'typebox'
import type { JsonObject } from '../domain/ids.ts'

// setTimeout overflows above 24.8 days; a day is more than anyone waits for a process.
const MAX_SECONDS = 86_400

const Words = (description: string) =>
  Type.Array(Type.String({ minLength: 1, maxLength: 32_768, pattern: '^[^\\u0000]*$' }), {
    minItems: 1,
    maxItems: 1000,
    description,
  })

const Port = Type.Integer({ minimum: 1, maximum: 65_535, description: "Default: the node's own port." })

const timing = {
  intervalSeconds: Type.Optional(
    Type.Number({ exclusiveMinimum: 0, maximum: MAX_SECONDS, description: 'Between two checks. Default 5.' }),
  ),
  timeoutSeconds: Type.Optional(
    Type.Number({ exclusiveMinimum: 0, maximum: MAX_SECONDS, description: 'For one check. Default 2.' }),
  ),
  healthyThreshold: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 1000,
      description: 'Passes in a row that make a node healthy. Default 1.',
    }),
  ),
  unhealthyThreshold: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 1000,
      description: 'Failures in a row that make a healthy node unhealthy. Default 3.',
    }),
  ),
  startPeriodSeconds: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: MAX_SECONDS,
      description: 'Failures within this time after the start do not count. Default 30.',
    }),
  ),
}

const closed = { additionalProperties: false }

/** How to tell that a node works: HealthCheck of src/domain/health-check.ts, as a schema. */
export const HealthCheckSchema = Type.Union(
  [
    Type.Object(
      {
        type: Type.Literal('alive'),
        minUptimeSeconds: Type.Optional(
          Type.Number({
            minimum: 0,
            maximum: MAX_SECONDS,
            description: 'How long it must have run to count as healthy. Default 1 for processes.',
          }),
        ),
        ...timing,
      },
      closed,
    ),
    Type.Object(
      {
        type: Type.Literal('http'),
        path: Type.String({
          pattern: '^/',
          maxLength: 2048,
          description: 'Passes on any status from 200 to 399.',
        }),
        port: Type.Optional(Port),
        ...timing,
      },
      closed,
    ),
    Type.Object({ type: Type.Literal('tcp'), port: Type.Optional(Port), ...timing }, closed),
    Type.Object(
      {
        type: Type.Literal('command'),
        command: Words("Passes on exit code 0; run in the node's folder with the node's environment."),
        ...timing,
      },
      closed,
    ),
  ],
  { description: 'How to tell that a node works. "alive" asks only that it runs.' },
)

/** How a node says whether it wants requests: Readiness of src/domain/health-check.ts, as a schema. */
export const ReadinessSchema = Type.Object(
  {
    path: Type.String({
      pattern: '^/',
      maxLength: 2048,
      description: 'The node is ready while this answers with a status from 200 to 399.',
    }),
    port: Type.Optional(Port),
    timeoutSeconds: timing.timeoutSeconds,
    drainSeconds: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: MAX_SECONDS,
        description:
          'How long a node that its preStop hook told to drain may take to be not ready any more, before it is stopped all ' +
          'the same. Default 0: nobody waits.',
      }),
    ),
  },
  {
    ...closed,
    description:
      'How a node says whether it wants requests. Asked beside the health check, at the same times.',
  },
)

const HookCommand = Words("Program and arguments, run in the node's code folder with the node's environment.")

const hookTimeout = Type.Optional(
  Type.Number({
    exclusiveMinimum: 0,
    maximum: MAX_SECONDS,
    description: 'When it is over, the hook is killed and has failed. Default 60.',
  }),
)

const hook = (description: string) =>
  Type.Optional(
    Type.Object({ command: HookCommand, timeoutSeconds: hookTimeout }, { ...closed, description }),
  )

/** What is run around a node's changes: LifecycleHooks of src/domain/revision.ts, as a schema. */
export const LifecycleHooksSchema = Type.Object(
  {
    preInstall: hook('Before the new code is put in place; the old one still serves.'),
    postInstall: hook('After the code is in place and before it starts.'),
    preStop: hook('Before a running node is stopped.'),
    postStart: hook('After the node was started and before its health counts.'),
  },
  { ...closed, description: 'Commands run around what is done to a node.' },
)

const TemplateHook = Type.Optional(
  Type.Object(
    {
      command: Type.Optional(HookCommand),
      script: Type.Optional(Type.String({ minLength: 1, maxLength: 65_536, pattern: '^[^\\u0000]*$' })),
      timeoutSeconds: hookTimeout,
    },
    closed,
  ),
)

/** NodeTemplate of src/domain/revision.ts, as a schema. That a hook is either a command or a script is not in it. */
export const NodeTemplateSchema = Type.Object(
  {
    hooks: Type.Optional(
      Type.Object(
        {
          preInstall: TemplateHook,
          postInstall: TemplateHook,
          preStop: TemplateHook,
          postStart: TemplateHook,
        },
        closed,
      ),
    ),
    login: Type.Optional(
      Type.Object(
        {
          userName: Type.String(),
          password: Type.Optional(Type.String()),
          keyPair: Type.Optional(Type.String()),
          privateKey: Type.Optional(Type.String()),
        },
        closed,
      ),
    ),
  },
  closed,
)

/** Environment variables for a node: names a shell can read, values without NUL. */
export const EnvironmentSchema = Type.Record(
  Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }),
  Type.String({ maxLength: 32_768, pattern: '^[^\\u0000]*$' }),
  { ...closed, description: 'Environment variables. Put values that look like numbers in quotes.' },
)

/** Manifest of src/domain/bundle.ts, as a schema: the contents of a bundle's `drover.yaml`. */
export const ManifestSchema = Type.Object(
  {
    name: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$',
        maxLength: 128,
        description: "The published project's name.",
      }),
    ),
    version: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9][A-Za-z0-9._+-]*$',
        maxLength: 128,
        description: 'The version of this bundle. Put it in quotes: 1.10 without them is the number 1.1.',
      }),
    ),
    command: Type.Optional(
      Words("Program and arguments, run in the bundle's folder. Instead of initializationScript."),
    ),
    initializationScript: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 1024,
        description:
          'Path of the script that runs the node, from the root of the bundle. Instead of command.',
      }),
    ),
    environment: Type.Optional(EnvironmentSchema),
    port: Type.Optional(
      Type.Boolean({ description: "True: a node gets a port from the host's range, handed over as PORT." }),
    ),
    healthCheck: Type.Optional(HealthCheckSchema),
    readiness: Type.Optional(ReadinessSchema),
    hooks: Type.Optional(LifecycleHooksSchema),
    stopGraceSeconds: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: MAX_SECONDS,
        description: 'Between asking a node to stop and killing it.',
      }),
    ),
  },
  closed,
)

/** The JSON Schema of `drover.yaml` for editors, published as docs/drover.schema.json. */
export function manifestJsonSchema(): JsonObject {
  const schema = JSON.parse(JSON.stringify(ManifestSchema)) as JsonObject
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'drover.yaml',
    description:
      "What a bundle says about itself. Everything is optional; a profile's own setting overrides it.",
    ...schema,
  }
}
