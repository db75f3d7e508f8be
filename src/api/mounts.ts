import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AccessKeys } from '../access/access-keys.ts'
import type { GatewayConfig } from '../config/settings.ts'
import type { Control } from '../control/control.ts'
import type { Clock } from '../system/clock.ts'
import type { Log } from '../system/log.ts'
import { openUpload, type Upload, useUploads } from './bundles/upload.ts'
import type { Authenticate } from './caller.ts'
import { DEFAULT_SERVER_LIMITS, type ServerLimits } from './limits.ts'

/** A part of the server that speaks another API, in a scope of its own below its prefix (gateways/gateway.ts). */
export interface Mount {
  readonly name: string
  readonly prefix: string
  readonly catalog?: { readonly type: string; readonly name: string }
  setup?(url: string, urls: Readonly<Record<string, string>>): readonly string[]
  register(app: FastifyInstance, deps: MountDeps): void | Promise<void>
}

interface MountDeps extends Omit<MountSource, 'limits'> {
  readonly gateways: readonly Mount[]
  urlOf(gateway: string, request: FastifyRequest): string
  readonly uploads: {
    use(app: FastifyInstance): Promise<void>
    open(request: FastifyRequest, reply: FastifyReply): Promise<Upload>
  }
}

interface MountSource {
  readonly control: Control
  readonly authenticate: Authenticate
  readonly authenticateToken: Authenticate
  readonly accessKeys: AccessKeys
  /** The settings that gateways have. */
  readonly config: GatewayConfig
  readonly clock: Clock
  readonly log: Log
  readonly limits?: Partial<ServerLimits>
}

/** Where clients come in. */
export interface Door {
  readonly gateways: readonly Mount[]
  /** What clients are told instead of what they connected to. */
  readonly publicUrl: string | null
  /** The gateway that has this listener for itself, at `/`; absent where the API is. */
  readonly only?: string
  /** Addresses of gateways that have a listener of their own, by name. */
  readonly ownListeners: () => ReadonlyMap<string, string>
  /** The port of the API's listener; asked for only once it listens. */
  readonly apiPort: () => number
}

/** Adds the gateways that are behind this door. */
export function addMounts(app: FastifyInstance, source: MountSource, door: Door): void {
  const { control, authenticate, authenticateToken, accessKeys, config, clock, log } = source
  const urlOf: MountDeps['urlOf'] = (name, request) => urlOfMount(name, request, door)
  const { gateways } = door
  const { maxBundleBytes } = { ...DEFAULT_SERVER_LIMITS, ...source.limits }
  const uploads: MountDeps['uploads'] = {
    use: useUploads,
    open: (request, reply) => openUpload(request, reply, maxBundleBytes),
  }
  const shared = { control, authenticate, authenticateToken, accessKeys, config, clock, log }
  const deps = { ...shared, gateways, urlOf, uploads }
  for (const mount of door.gateways) {
    if (door.only !== undefined && door.only !== mount.name) continue
    const prefix = door.only === undefined ? mount.prefix : ''
    app.register(async (scope) => mount.register(scope, deps), { prefix })
  }
}

/** The address of a gateway for the client that sent this request, without a slash at the end. */
export function urlOfMount(
  name: string,
  request: FastifyRequest,
  { gateways, publicUrl, only, apiPort }: Door,
): string {
  const { protocol } = request
  if (only === name) return `${protocol}://${request.host}`
  const prefix = gateways.find((mount) => mount.name === name)?.prefix ?? ''
  if (publicUrl !== null) return publicUrl + prefix
  const host = only === undefined ? request.host : `${request.hostname}:${apiPort()}`
  return `${protocol}://${host}${prefix}`
}
