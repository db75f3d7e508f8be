import { type Static, Type } from 'typebox'
import {
  EnvironmentSchema,
  HealthCheckSchema,
  LifecycleHooksSchema,
  NodeTemplateSchema,
  ReadinessSchema,
} from '../../bundles/manifest-schema.ts'
import { createSchemaCheck } from '../../bundles/schema-check.ts'
import { InvalidSpecError } from '../../domain/errors.ts'
import type { HealthCheck } from '../../domain/health-check.ts'
import type { JsonObject } from '../../domain/ids.ts'
import type { LifecycleHooks, RevisionSpec } from '../../domain/revision.ts'
import { checkProgram, type Interpreters } from '../command-line.ts'
import { checkProperties } from '../properties.ts'
import { withReadiness } from '../readiness.ts'
import type { ResolvedSettings, ResolveInput } from '../runtime.ts'
import type { PortRange } from './ports.ts'
import { readSettings, type Settings } from './settings.ts'

const DEFAULT_PASS_ENVIRONMENT = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'] as const
const DEFAULT_STOP_GRACE_SECONDS = 10

const closed = { additionalProperties: false }
const portNumber = Type.Integer({ minimum: 1, maximum: 65535 })

/** Properties of a profile of type `process`, version 1.0. */
export const propertiesSchema = Type.Object(
  {
    command: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        minItems: 1,
        description:
          'Program and arguments, run in the code folder. If there is an initialization script, its path is ' +
          'appended: the command then takes the place of the interpreter.',
      }),
    ),
    environment: Type.Optional(EnvironmentSchema),
    passEnvironment: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description: 'Names of variables that Drover hands on from its own environment.',
        default: DEFAULT_PASS_ENVIRONMENT,
      }),
    ),
    port: Type.Optional(
      Type.Union([Type.Boolean(), Type.Object({ from: portNumber, to: portNumber }, closed)], {
        description: "Whether the node gets a port, as PORT: from the host's range (true) or from this one.",
      }),
    ),
    argumentForm: Type.Optional(
      Type.Union(
        [Type.Literal('dash'), Type.Literal('doubleDash'), Type.Literal('equals'), Type.Literal('bare')],
        {
          description:
            'How command-line arguments are written: -key value, --key value, --key=value, key value.',
          default: 'dash',
        },
      ),
    ),
    stopGraceSeconds: Type.Optional(
      Type.Number({
        minimum: 0,
        description: 'Between SIGTERM and SIGKILL.',
        default: DEFAULT_STOP_GRACE_SECONDS,
      }),
    ),
    hooks: Type.Optional(LifecycleHooksSchema),
    preStopFailure: Type.Optional(
      Type.Union([Type.Literal('keep'), Type.Literal('stop')], {
        description:
          'What a failing preStop does: keep the node running and fail the step, or stop it all the same.',
        default: 'keep',
      }),
    ),
    healthCheck: Type.Optional(HealthCheckSchema),
    readiness: Type.Optional(ReadinessSchema),
    user: Type.Optional(
      Type.String({
        pattern: '^[a-z_][a-z0-9_.-]*$',
        description: 'Who the node runs as. Drover must run as root.',
      }),
    ),
    limits: Type.Optional(
      Type.Object(
        {
          memoryBytes: Type.Optional(
            Type.Integer({
              minimum: 1_048_576,
              description: 'Data memory of each process of the node (RLIMIT_DATA).',
            }),
          ),
          openFiles: Type.Optional(Type.Integer({ minimum: 16, description: 'Open files of each process.' })),
        },
        closed,
      ),
    ),
  },
  closed,
)

const check = createSchemaCheck(propertiesSchema)
const checkTemplate = createSchemaCheck(NodeTemplateSchema)

/**
 * {@link Runtime.resolve} for processes. For hooks the template is stronger than the profile, hook by hook.
 * @throws InvalidSpecError naming the property and its rule
 */
export function resolveSettings(input: ResolveInput, interpreters: Interpreters): ResolvedSettings {
  const own = checkProperties<Static<typeof propertiesSchema>>(check, input.properties)
  checkProperties(checkTemplate, input.nodeTemplate as unknown as JsonObject)
  const { manifest } = input
  const script = input.initializationScript ?? manifest?.initializationScript ?? null
  // A manifest's command stands instead of a script; a script named by the code configuration overrides both.
  const manifestCommand = input.initializationScript === null ? (manifest?.command ?? null) : null
  const command = own.command ?? manifestCommand
  const scriptUsed = own.command === undefined && manifestCommand !== null ? null : script
  checkProgram(command, scriptUsed, input.hasCode, interpreters)

  const port = toPort(own.port ?? manifest?.port ?? false)
  const liveness = withUptime((own.healthCheck ?? manifest?.healthCheck ?? { type: 'alive' }) as HealthCheck)
  if ((liveness.type === 'http' || liveness.type === 'tcp') && !liveness.port && port === null) {
    throw new InvalidSpecError('healthCheck.port', 'give one, or set port: true so that the node has one')
  }
  const hooks = { ...manifest?.hooks, ...own.hooks, ...input.nodeTemplate.hooks } as LifecycleHooks
  const readiness = own.readiness ?? manifest?.readiness
  const healthCheck = withReadiness(liveness, readiness, { hasPort: port !== null, hooks })

  const settings: Settings = {
    command,
    environment: { ...manifest?.environment, ...own.environment },
    passEnvironment: own.passEnvironment ?? DEFAULT_PASS_ENVIRONMENT,
    port,
    argumentForm: own.argumentForm ?? 'dash',
    stopGraceSeconds: own.stopGraceSeconds ?? manifest?.stopGraceSeconds ?? DEFAULT_STOP_GRACE_SECONDS,
    hooks,
    preStopFailure: own.preStopFailure ?? 'keep',
    ...(readiness?.drainSeconds && { drain: readiness }),
    user: own.user ?? null,
    limits: { memoryBytes: own.limits?.memoryBytes ?? null, openFiles: own.limits?.openFiles ?? null },
  }
  return { settings: settings as unknown as JsonObject, healthCheck, initializationScript: scriptUsed }
}

function toPort(port: boolean | PortRange): Settings['port'] {
  if (typeof port === 'boolean') return port ? 'host' : null
  if (port.from > port.to)
    throw new InvalidSpecError('port', `from ${port.from} must not be above to ${port.to}`)
  return port
}

/** {@link StartsBeside.whyNotBeside}. Two processes cannot listen on one port. */
export function whyNotBeside({ settings, healthCheck }: RevisionSpec): string | null {
  const { port } = readSettings(settings)
  if (port !== null && port !== 'host' && port.from === port.to)
    return `its port is always ${port.from}; give it a range, or port: true`
  const isProbe = healthCheck.type === 'http' || healthCheck.type === 'tcp'
  const asked = (isProbe ? healthCheck.port : undefined) ?? healthCheck.readiness?.port
  if (asked === undefined) return null
  return `its checks ask port ${asked}, whichever of the two has it; leave it out, and set port: true`
}

/** A program that crashes right after its start must not pass for one that works. */
function withUptime(check: HealthCheck): HealthCheck {
  return check.type === 'alive' ? { minUptimeSeconds: 1, ...check } : check
}
