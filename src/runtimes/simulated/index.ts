import { InvalidSpecError, RuntimeFailedError } from '../../domain/errors.ts'
import type { JsonObject } from '../../domain/ids.ts'
import { parseProperties } from '../../domain/property.ts'
import { toJsonSchema } from '../../domain/property-schema.ts'
import type {
  Adopts,
  DescribesProperties,
  PerformsOperations,
  ResolvedSettings,
  ResolveInput,
  Runtime,
  ShowsDetails,
} from '../runtime.ts'
import type { Deps } from '../scripted/client.ts'
import { resolveSettings } from '../scripted/config.ts'
import { createScriptedRuntime, type ScriptedRuntimeOptions } from '../scripted/index.ts'
import type { WorldInside } from '../scripted/world.ts'
import { adopt, details, inspect, perform, start } from './client.ts'
import { dockerContainer } from './docker-container.ts'
import { heatStack } from './heat-stack.ts'
import { novaServer } from './nova-server.ts'
import type { ResourceType } from './resource-type.ts'
import { readScript } from './script.ts'

const TYPES: readonly ResourceType[] = [novaServer, heatStack, dockerContainer]

type SimulatedRuntime = Runtime & DescribesProperties & PerformsOperations & Adopts & ShowsDetails

/** Servers, stacks and containers of other platforms that only pretend to exist, in a scripted world. */
export function createSimulatedRuntimes(options: ScriptedRuntimeOptions): SimulatedRuntime[] {
  const deps: Deps = { ...options, world: options.world as WorldInside }
  // Two servers of one name are not something that these platforms have: their nodes cannot surge.
  const { whyNotBeside, startBeside, retire, ...base } = createScriptedRuntime(options)
  return TYPES.map((type) => ({
    ...base,
    ...described(type),
    checkProfile: (version, properties) => void valuesOf(type, version, properties),
    resolve: (input) => resolve(type, input),
    start: (ctx, node, wanted) => start(deps, base, ctx, node, wanted),
    perform: (ctx, node, _handle, request) => perform(deps, type, ctx, node, request),
    details: (node) => details(deps, type, node),
    inspect: (identity, how) => inspect(deps, type, identity, how),
    adopt: (ctx, node, wanted, identity) => adopt(deps, type, base, ctx, node, wanted, identity),
  }))
}

/**
 * The same types where nothing is simulated: known, so that they can be listed and asked about, and of no use until a
 * runtime for the real thing comes.
 */
export function createUnsupportedRuntimes(): (Runtime & DescribesProperties)[] {
  return TYPES.map((type) => {
    const message = `nodes of type ${type.type} exist only as simulated ones so far: start the server with --simulate`
    const refuse = () => {
      throw new InvalidSpecError('type', message)
    }
    const fail = async () => {
      throw new RuntimeFailedError(message)
    }
    // Simulated nodes live in memory: there is nothing left to stop, to remove or to see.
    const gone = async () => {}
    const none = {
      ...{ prepare: fail, start: fail, stop: gone, remove: gone },
      observe: async () => ({ running: false, key: null, detail: message, passing: null }),
    }
    return { ...described(type), checkProfile: refuse, resolve: refuse, ...none }
  })
}

/** Things to be adopted, of each type, in a world that somebody tries out: their identities are in the README. */
export function existingResources() {
  return TYPES.flatMap((type, at) =>
    Array.from({ length: 9 }, (_, index) => ({
      identity: `00000000-0000-4000-8000-0000000000${at + 1}${index + 1}`,
      type: type.type,
      properties: type.example,
    })),
  )
}

function described(type: ResourceType) {
  return {
    type: type.type,
    versions: type.versions,
    properties: type.properties,
    propertiesSchema: toJsonSchema(type.properties, type.versions.at(-1) as string),
    operations: type.operations,
  }
}

function resolve(type: ResourceType, input: ResolveInput): ResolvedSettings {
  const values = valuesOf(type, input.version, input.properties)
  const resolved = resolveScript(type, values, input)
  return { ...resolved, settings: { ...resolved.settings, resource: values } }
}

/** @throws InvalidSpecError */
function valuesOf(type: ResourceType, version: string, properties: JsonObject): JsonObject {
  const values = parseProperties(type.properties, properties, { version }) as JsonObject
  type.check?.(values)
  resolveScript(type, values, NOTHING_ELSE)
  return values
}

const NOTHING_ELSE = {
  version: '1.0',
  manifest: null,
  nodeTemplate: {},
  initializationScript: null,
  hasCode: false,
}

function resolveScript(
  type: ResourceType,
  values: JsonObject,
  input: Omit<ResolveInput, 'properties'>,
): ResolvedSettings {
  const properties = readScript(values, type.hints, type.script?.(values))
  try {
    return resolveSettings({ ...input, properties })
  } catch (error) {
    if (!(error instanceof InvalidSpecError) || error.field === undefined) throw error
    const rule = error.message.slice(error.field.length + 2)
    throw new InvalidSpecError(`drover:${error.field}`, rule, { cause: error })
  }
}
