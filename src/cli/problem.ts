import type { Message } from '../domain/message.ts'
import { CliError } from './cli-error.ts'
import type { Connection } from './connection.ts'
import { exitCodeOfStatus } from './exit-codes.ts'

/** The server's error answer (RFC 9457). */
export interface Problem {
  readonly title?: string
  readonly detail?: string
  readonly code?: string
  readonly field?: string
  readonly retryable?: boolean
  readonly updateId?: string
  /** What governance found. */
  readonly messages?: readonly Pick<Message, 'severity'>[]
}

/** Reads an error answer; one that is not a problem document (a proxy's page) gives an empty one. */
export function parseProblem(contentType: string | undefined, body: string): Problem {
  if (!contentType?.includes('json')) return {}
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? (value as Problem) : {}
  } catch {
    return {}
  }
}

/** Turns an error answer into the error that ends the command: detail, field, and a hint on what to do. */
export function problemError(
  status: number,
  problem: Problem,
  path: string,
  connection: Connection,
): CliError {
  const detail =
    problem.detail ?? problem.title ?? `${connection.server.origin} answered with status ${status}`
  return new CliError(exitCodeOfStatus(status), detail, {
    code: problem.code,
    field: problem.field,
    hint: hintFor(status, problem, path, connection),
  })
}

function hintFor(status: number, problem: Problem, path: string, connection: Connection): string | undefined {
  if (status === 401) {
    return connection.apiKey === null
      ? `no API key was found (looked at ${connection.apiKeySource}); ask an administrator for one: drover key create <name>`
      : `the key came from ${connection.apiKeySource}; it may be revoked, expired or of another server`
  }
  if (status === 403) return 'see what this key may do with: drover whoami'
  if (problem.updateId !== undefined) {
    return `watch it: drover update watch ${problem.updateId}   stop it: drover update cancel ${problem.updateId}`
  }
  if (problem.code === 'governance_refused') {
    const isPassable = problem.messages?.every(({ severity }) => severity !== 'ERROR') === true
    return `see what a bundle needs with: drover approval status <bundle>${isPassable ? '   pass it over with: --ignore-warnings' : ''}`
  }
  const [, busy] = problem.code === 'conflict' ? (/\/deployments\/([^/?]+)\/updates/.exec(path) ?? []) : []
  if (busy !== undefined) {
    return `watch it: drover deployment watch ${busy}   stop it: drover deployment cancel ${busy}`
  }
  if (problem.field !== undefined) return hintForField(problem.field)
  if (problem.code === 'precondition_failed')
    return 'somebody changed it at the same time; run the command again'
  if (status === 404) return hintForMissing(path)
  if (problem.code === undefined && status !== 503) return 'is this address really that of a Drover server?'
  return undefined
}

const OPTION_OF_FIELD: Readonly<Record<string, string>> = {
  'params.strategy': '--strategy',
  'params.maxUnavailable': '--max-unavailable',
  'params.maxSurge': '--max-surge',
  'params.minReadySeconds': '--min-ready',
  'params.maxFailures': '--max-failures',
  'params.onFailure': '--on-failure',
  'params.progressDeadlineSeconds': '--progress-deadline',
  'params.nodeTimeoutSeconds': '--node-timeout',
  'code.bundle': '--bundle',
  'code.initializationScript': '--script',
  'code.commandLineArguments': '--arg',
  nodeTemplate: '--node-template',
  profile: '--profile',
  size: '--size',
  desiredCapacity: '--size',
  minSize: '--min',
  maxSize: '--max',
  pool: '--pool',
  stage: '--stage',
  bundle: '--bundle',
  nodes: '--node',
}

function hintForField(field: string): string | undefined {
  const option = OPTION_OF_FIELD[field]
  return option === undefined ? undefined : `this is what ${option} sets`
}

const LISTED =
  /\/(bundles|profiles|clusters|pools|nodes|revisions|updates|actions|projects|api-keys|infras|published-projects|deployments)\/[^/]+$/
const LIST_COMMAND: Readonly<Record<string, string>> = {
  bundles: 'drover bundle list',
  profiles: 'drover profile list',
  clusters: 'drover cluster list',
  pools: 'drover pool list <cluster>',
  nodes: 'drover node list <cluster>',
  revisions: 'drover revision list <cluster>',
  updates: 'drover update list',
  actions: 'drover action list',
  projects: 'drover project list',
  'api-keys': 'drover key list',
  infras: 'drover infra list',
  'published-projects': 'drover published-project list',
  deployments: 'drover deployment list',
}

function hintForMissing(path: string): string | undefined {
  const [, noun] = LISTED.exec(path.split('?')[0]!) ?? []
  return noun === undefined ? undefined : `see what there is with: ${LIST_COMMAND[noun]}`
}
