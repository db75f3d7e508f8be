import { Type } from 'typebox'

const timing = {
  intervalSeconds: Type.Optional(
    Type.Number({ exclusiveMinimum: 0, description: 'Between two checks of a healthy node. Default 5.' }),
  ),
  timeoutSeconds: Type.Optional(
    Type.Number({ exclusiveMinimum: 0, description: 'For one check. Default 2.' }),
  ),
  healthyThreshold: Type.Optional(
    Type.Integer({ minimum: 1, description: 'Passes in a row that make a node healthy. Default 1.' }),
  ),
  unhealthyThreshold: Type.Optional(
    Type.Integer({
      minimum: 1,
      description: 'Failures in a row that make a healthy node unhealthy. Default 3.',
    }),
  ),
  startPeriodSeconds: Type.Optional(
    Type.Number({ minimum: 0, description: 'Failures this soon after the start do not count. Default 30.' }),
  ),
}
const port = Type.Optional(
  Type.Integer({ minimum: 1, maximum: 65535, description: "Default: the node's own port." }),
)
const closed = { additionalProperties: false }

/** A program and its arguments. */
export const commandSchema = Type.Array(Type.String({ minLength: 1 }), {
  minItems: 1,
  description: 'Program and arguments; no shell is involved.',
})

/** {@link HealthCheck} as profiles and manifests write it. */
export const healthCheckSchema = Type.Union(
  [
    Type.Object({ type: Type.Literal('alive'), ...timing }, closed),
    Type.Object(
      { type: Type.Literal('http'), path: Type.String({ pattern: '^/' }), port, ...timing },
      closed,
    ),
    Type.Object({ type: Type.Literal('tcp'), port, ...timing }, closed),
    Type.Object({ type: Type.Literal('command'), command: commandSchema, ...timing }, closed),
  ],
  { description: 'How to tell that a node works.' },
)

const hookSchema = Type.Object(
  {
    command: commandSchema,
    timeoutSeconds: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: 'When it is over, the hook has failed. Default 60.' }),
    ),
  },
  closed,
)

/** {@link LifecycleHooks} as profiles, manifests and node templates write them. */
export const hooksSchema = Type.Object(
  {
    preInstall: Type.Optional(hookSchema),
    postInstall: Type.Optional(hookSchema),
    preStop: Type.Optional(hookSchema),
    postStart: Type.Optional(hookSchema),
  },
  { ...closed, description: 'Commands run around what is done to a node.' },
)
