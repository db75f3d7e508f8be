import { InvalidSpecError } from '../../domain/errors.ts'
import type { JsonObject } from '../../domain/ids.ts'
import { type Properties, parseProperties, type ValuesOf } from '../../domain/property.ts'

const PROTOCOLS = ['HTTP', 'HTTPS', 'TCP'] as const

const pool = {
  id: { type: 'String', description: 'An existing pool that nodes become members of.', default: null },
  protocol: {
    type: 'String',
    description: 'Protocol between load balancer and nodes.',
    default: 'HTTP',
    allowed: PROTOCOLS,
  },
  protocolPort: {
    type: 'Integer',
    description: 'Port on which nodes serve.',
    default: 80,
    min: 1,
    max: 65535,
  },
  subnet: {
    type: 'String',
    description: 'Name or id of the network part in which nodes are reached.',
    required: true,
  },
  lbMethod: {
    type: 'String',
    description: 'How the next node for a connection is chosen.',
    default: 'ROUND_ROBIN',
    allowed: ['ROUND_ROBIN', 'LEAST_CONNECTIONS', 'SOURCE_IP'],
  },
  adminStateUp: { type: 'Boolean', description: 'Whether the pool is in operation.', default: true },
  sessionPersistence: {
    type: 'Map',
    description: 'How connections of one client stay with one node.',
    default: {},
    properties: {
      type: {
        type: 'String',
        description: 'By what the client is known.',
        allowed: ['SOURCE_IP', 'HTTP_COOKIE', 'APP_COOKIE', 'NONE'],
      },
      cookieName: { type: 'String', description: 'Name of the cookie, for APP_COOKIE.' },
    },
  },
} as const satisfies Properties

const vip = {
  subnet: { type: 'String', description: 'Name or id of the network part in which clients come.' },
  network: { type: 'String', description: 'Name or id of the network in which clients come.' },
  address: { type: 'String', description: 'Address at which clients come.', default: null },
  connectionLimit: {
    type: 'Integer',
    description: 'The most connections at a time; -1 for any number.',
    default: -1,
    min: -1,
  },
  protocol: {
    type: 'String',
    description: 'Protocol between clients and load balancer.',
    default: 'HTTP',
    allowed: PROTOCOLS,
  },
  protocolPort: {
    type: 'Integer',
    description: 'Port at which clients come.',
    default: 80,
    min: 1,
    max: 65535,
  },
  adminStateUp: { type: 'Boolean', description: 'Whether the address is in operation.', default: true },
} as const satisfies Properties

const healthMonitor = {
  id: { type: 'String', description: 'An existing monitor.', default: null },
  type: {
    type: 'String',
    description: 'How the load balancer checks nodes.',
    default: 'PING',
    allowed: ['PING', 'TCP', 'HTTP', 'HTTPS'],
  },
  delay: { type: 'Integer', description: 'Seconds between two checks.', default: 10, min: 0 },
  timeout: { type: 'Integer', description: 'Seconds that a check may take.', default: 5, min: 0 },
  maxRetries: {
    type: 'Integer',
    description: 'Checks in a row that fail before a node gets no more connections.',
    default: 3,
    min: 0,
  },
  adminStateUp: { type: 'Boolean', description: 'Whether nodes are checked.', default: true },
  httpMethod: {
    type: 'String',
    description: 'Method of the request, for HTTP and HTTPS.',
    allowed: ['GET', 'POST', 'PUT', 'DELETE'],
  },
  urlPath: { type: 'String', description: 'Path of the request, for HTTP and HTTPS.' },
  expectedCodes: {
    type: 'String',
    description: 'Status codes of a node that is well, as "200", "200,202" or "200-204".',
  },
} as const satisfies Properties

export const properties = {
  pool: { type: 'Map', description: 'The pool of nodes behind the load balancer.', properties: pool },
  vip: { type: 'Map', description: 'Where clients reach the load balancer.', properties: vip },
  healthMonitor: {
    type: 'Map',
    description: 'How the load balancer tells whether nodes are well.',
    properties: healthMonitor,
  },
  lbStatusTimeout: {
    type: 'Integer',
    description: 'Seconds that the load balancer may take for a change.',
    default: 300,
    min: 0,
  },
  loadbalancer: { type: 'String', description: 'An existing load balancer.', default: null },
  availabilityZone: { type: 'String', description: 'Where a new load balancer is made.', default: null },
  flavorId: { type: 'String', description: 'Size of a new load balancer.', default: null },
  haproxy: {
    type: 'Map',
    description: 'An HAProxy whose backend the nodes of the cluster become servers of.',
    default: null,
    properties: {
      socket: {
        type: 'String',
        description:
          'Address of its runtime API at level admin: the path of a UNIX socket, or tcp://<host>:<port>.',
        required: true,
      },
      backend: { type: 'String', description: 'Name of the backend.', required: true },
      drainSeconds: {
        type: 'Integer',
        description: 'How long requests that a node has may take to end before it is touched all the same.',
        default: 30,
        min: 0,
      },
      whenUnreachable: {
        type: 'String',
        description:
          'What becomes of a node that is to be touched while the HAProxy could not be reached for lbStatusTimeout: its step fails and it serves on, or it is touched all the same.',
        default: 'FAIL',
        allowed: ['FAIL', 'CONTINUE'],
      },
    },
  },
} as const satisfies Properties

export type LoadbalanceSpec = ValuesOf<typeof properties>

/** What HAProxy allows in the name of a backend. It becomes part of commands. */
export const BACKEND_NAME = /^[\w.:-]+$/

/** @throws InvalidSpecError also for an address of a load balancer or of a runtime API that leads nowhere */
export function parse(version: string, given: JsonObject): LoadbalanceSpec {
  const spec = parseProperties(properties, given, { version })
  if (given['vip'] !== undefined && spec.vip.subnet === null && spec.vip.network === null) {
    throw new InvalidSpecError('properties.vip', 'must name a subnet or a network')
  }
  if (spec.haproxy && !BACKEND_NAME.test(spec.haproxy.backend)) {
    throw new InvalidSpecError(
      'properties.haproxy.backend',
      `must consist of letters, digits and _ . : -, not "${spec.haproxy.backend}"`,
    )
  }
  if (spec.haproxy && !/^(\/.+|tcp:\/\/(\[[0-9a-f:]+\]|[^/:\s]+):\d{1,5})$/i.test(spec.haproxy.socket)) {
    throw new InvalidSpecError(
      'properties.haproxy.socket',
      `must be an absolute path or tcp://<host>:<port>, not "${spec.haproxy.socket}"`,
    )
  }
  return spec
}
