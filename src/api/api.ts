import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { Control } from '../control/control.ts'
import type { Authenticate } from './caller.ts'
import type { Changes } from './changes.ts'
import type { ServerLimits } from './limits.ts'
import type { Door } from './mounts.ts'
import { record, reference } from './schema.ts'
import type { Streams } from './sse.ts'

/** The scope that routes are added to: schemas give their handlers' types. */
export type Api = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/** What routes need. */
export interface ApiDeps {
  readonly control: Control
  readonly authenticate: Authenticate
  readonly changes: Changes
  readonly streams: Streams
  readonly limits: ServerLimits
  /** Of this program. */
  readonly version: string
  readonly door: Door
}

/** Parts of paths, as every route with them describes them. */
export const path = {
  project: reference('The project, by id or name.'),
  cluster: reference(
    'The cluster, by id or name; one in an environment by id or `environment/name` (as `environment%2Fname`).',
  ),
  pool: reference('The node pool, by id or name.'),
  node: reference('The node, by id or name.'),
  user: reference('The user, by id or name.'),
  id: reference('The id.'),
}

export const InProject = record({ project: path.project })
export const InCluster = record({ project: path.project, cluster: path.cluster })
export const OfId = record({ project: path.project, id: path.id })
