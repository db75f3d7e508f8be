import Type from 'typebox'
import {
  EnvironmentSchema,
  HealthCheckSchema,
  LifecycleHooksSchema,
  NodeTemplateSchema,
  ReadinessSchema,
} from '../../bundles/manifest-schema.ts'
import { createSchemaCheck } from '../../bundles/schema-check.ts'
import { InvalidSpecError } from '../../domain/errors.ts'
import type { HealthCheck, Readiness } from '../../domain/health-check.ts'
import type { JsonObject } from '../../domain/ids.ts'
import { parseProperties, type ValuesOf } from '../../domain/property.ts'
import { toJsonSchema } from '../../domain/property-schema.ts'
import type { LifecycleHooks } from '../../domain/revision.ts'
import { checkProgram, defaultInterpreters } from '../command-line.ts'
import { checkProperties } from '../properties.ts'
import { withReadiness } from '../readiness.ts'
import type { ResolvedSettings, ResolveInput } from '../runtime.ts'
import { hostId } from './inventory.ts'
import { checkHostKey, checkPrivateKey } from './keys.ts'
import { type HostProperties, properties } from './profile.ts'
import type { HostSettings, Settings } from './settings.ts'

const DEFAULT_STOP_GRACE_SECONDS = 10

/** What runs scripts on hosts, by their endings: found there on the PATH. */
export const INTERPRETERS = defaultInterpreters('node')

/** {@link Runtime.propertiesSchema}: what has rules of its own is described by them. */
export const propertiesSchema: JsonObject = withRules(toJsonSchema(properties, '1.0'))

const checkRules = createSchemaCheck(
  Type.Object({
    environment: Type.Optional(EnvironmentSchema),
    hooks: Type.Optional(LifecycleHooksSchema),
    healthCheck: Type.Optional(HealthCheckSchema),
    readiness: Type.Optional(ReadinessSchema),
  }),
)
const checkTemplate = createSchemaCheck(NodeTemplateSchema)

type Values = ValuesOf<typeof properties>

/**
 * All that can be said of a profile by itself.
 * @throws InvalidSpecError naming the property and its rule; never with a secret in it
 */
export function checkProfile(version: string, given: JsonObject): Values {
  const values = parseProperties(properties, given, { version })
  const { environment, hooks, healthCheck, readiness } = values
  const ruled = {
    ...(environment !== null && { environment }),
    ...(hooks !== null && { hooks }),
    ...(healthCheck !== null && { healthCheck }),
    ...(readiness !== null && { readiness }),
  }
  checkProperties(checkRules, ruled, 'properties.')
  checkLogin('properties', values)
  if (values.jumpHost) checkLogin('properties.jumpHost', values.jumpHost)
  const seen = new Set<string>()
  values.hosts.forEach((host, index) => {
    const field = `properties.hosts[${index}]`
    checkLogin(field, host)
    const id = hostId(host.address, host.sshPort ?? values.sshPort)
    if (seen.has(id)) throw new InvalidSpecError(`${field}.address`, `${id} is listed twice`)
    seen.add(id)
  })
  return values
}

/**
 * {@link Runtime.resolve} for hosts. For hooks the template is stronger than the profile, hook by hook; its login is
 * used where the profile gives none.
 * @throws InvalidSpecError naming the property and its rule
 */
export function resolveSettings(input: ResolveInput): ResolvedSettings {
  const values = checkProfile(input.version, input.properties)
  checkProperties(checkTemplate, input.nodeTemplate as unknown as JsonObject)
  const { manifest } = input
  const script = input.initializationScript ?? manifest?.initializationScript ?? null
  const manifestCommand = input.initializationScript === null ? (manifest?.command ?? null) : null
  const command = values.command ?? manifestCommand
  const scriptUsed = values.command === null && manifestCommand !== null ? null : script
  checkProgram(command, scriptUsed, input.hasCode, INTERPRETERS)
  const liveness = withUptime(
    (values.healthCheck ?? manifest?.healthCheck ?? { type: 'alive' }) as HealthCheck,
  )
  if ((manifest?.port || needsPort(liveness)) && values.port === null) {
    throw new InvalidSpecError('port', 'give the port at which the node serves: it has a host of its own')
  }

  const hooks = { ...manifest?.hooks, ...values.hooks, ...input.nodeTemplate.hooks } as LifecycleHooks
  const readiness = (values.readiness as Readiness | null) ?? manifest?.readiness
  const healthCheck = withReadiness(liveness, readiness, { hasPort: values.port !== null, hooks })
  const login = loginOf(values, input)
  const jump = values.jumpHost
  const settings: Settings = {
    hosts: values.hosts.map((host) => ({ ...toHost(host, login), zone: host.zone })),
    login,
    jumpHost: jump && toHost(jump, login),
    acceptNewHostKeys: values.acceptNewHostKeys,
    ...{ sudo: values.sudo, folder: values.folder, service: values.service },
    ...{ keepReleases: values.keepReleases, driftSeconds: values.driftSeconds },
    command,
    environment: { ...manifest?.environment, ...(values.environment as Record<string, string> | null) },
    servicePort: values.port,
    argumentForm: values.argumentForm,
    stopGraceSeconds: values.stopGraceSeconds ?? manifest?.stopGraceSeconds ?? DEFAULT_STOP_GRACE_SECONDS,
    hooks,
    preStopFailure: values.preStopFailure,
    ...(readiness?.drainSeconds && { drain: readiness }),
  }
  requireLogins(settings)
  return { settings: settings as unknown as JsonObject, healthCheck, initializationScript: scriptUsed }
}

interface Secrets {
  readonly privateKey: string | null
  readonly passphrase: string | null
  readonly hostKey?: string | null
}

function checkLogin(field: string, { privateKey, passphrase, hostKey }: Secrets): void {
  if (privateKey !== null) checkPrivateKey(`${field}.privateKey`, privateKey, passphrase)
  if (hostKey != null) checkHostKey(`${field}.hostKey`, hostKey)
}

function loginOf(values: Values, { nodeTemplate: { login } }: ResolveInput): Settings['login'] {
  const { password, privateKey, passphrase, sshPort: port } = values
  const hasOwn = password !== null || privateKey !== null
  // One that is salted and hashed already is for the host to compare with, and lets nobody in.
  const clear = login?.password?.startsWith('$') ? undefined : login?.password
  if (hasOwn || login === undefined || (clear === undefined && login.privateKey === undefined)) {
    return { user: values.user, password, privateKey, passphrase, port }
  }
  const given = { password: clear ?? null, privateKey: login.privateKey ?? null, passphrase: null }
  if (given.privateKey !== null) checkPrivateKey('nodeTemplate.login.privateKey', given.privateKey, null)
  return { user: login.userName, ...given, port }
}

/** A host with a login of its own uses nothing of the common one but what it does not say. */
function toHost(host: HostProperties, common: Settings['login']): HostSettings {
  const { address, hostKey } = host
  const hasOwn = host.password !== null || host.privateKey !== null
  const { password, privateKey, passphrase } = hasOwn ? host : common
  const login = { password, privateKey, passphrase }
  return { address, port: host.sshPort ?? common.port, user: host.user ?? common.user, ...login, hostKey }
}

function requireLogins({ hosts, login, jumpHost }: Settings): void {
  const cannotLogIn = ({ password, privateKey }: Pick<HostSettings, 'password' | 'privateKey'>) =>
    password === null && privateKey === null
  const without = [...hosts, ...(jumpHost ? [jumpHost] : [])].find(cannotLogIn)
  if (without === undefined && (hosts.length > 0 || !cannotLogIn(login))) return
  const whose = without === undefined ? '' : ` for ${without.address}`
  throw new InvalidSpecError('privateKey', `give a private key or a password to log in with${whose}`)
}

function needsPort(check: HealthCheck): boolean {
  return (check.type === 'http' || check.type === 'tcp') && check.port === undefined
}

/** A program that crashes right after its start must not pass for one that works. */
function withUptime(check: HealthCheck): HealthCheck {
  return check.type === 'alive' ? { minUptimeSeconds: 1, ...check } : check
}

function withRules(schema: JsonObject): JsonObject {
  const own = JSON.parse(
    JSON.stringify({
      environment: EnvironmentSchema,
      hooks: LifecycleHooksSchema,
      healthCheck: HealthCheckSchema,
      readiness: ReadinessSchema,
    }),
  ) as JsonObject
  return { ...schema, properties: { ...(schema['properties'] as JsonObject), ...own } }
}
