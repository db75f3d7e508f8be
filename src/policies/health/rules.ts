import type { JsonObject } from '../../domain/ids.ts'
import { type HealthSpec, parse } from './spec.ts'

/** What a health policy asks for, in the engine's terms. */
export interface HealthRules {
  readonly intervalSeconds: number
  /** After a change of a node, failures of it are not acted on for so long. */
  readonly nodeUpdateTimeoutSeconds: number
  /** Whether every way of noticing has to find a node failed, or one is enough. */
  readonly needsAll: boolean
  readonly detections: readonly Detection[]
  readonly recovery: {
    readonly operation: RecoveryOperation
    readonly params: JsonObject
    /** Whether what runs on a node has to be known to be stopped before it is recovered. */
    readonly fencesCompute: boolean
    readonly nodeDeleteTimeoutSeconds: number
    readonly forceRecreate: boolean
  }
}

export type RecoveryOperation = 'REBOOT' | 'REBUILD' | 'RECREATE'

/** A way of noticing that a node failed: the runtime tells, it is asked, its host is asked, an address is asked. */
export type Detection = { readonly by: 'events' | 'status' | 'host' } | ({ readonly by: 'url' } & PollRules)

export interface PollRules {
  readonly url: string
  readonly verifiesCertificate: boolean
  readonly countsUnreachable: boolean
  /** A regular expression that a good answer matches; empty: any answer is good. */
  readonly healthyText: string
  /** Tries in a row that have to fail. */
  readonly retryLimit: number
  readonly retryIntervalSeconds: number
}

const DETECTIONS = {
  LIFECYCLE_EVENTS: 'events',
  NODE_STATUS_POLLING: 'status',
  HYPERVISOR_STATUS_POLLING: 'host',
} as const

/**
 * Reads the rules out of a health policy as it is stored. A policy that names no way of noticing goes by what the
 * runtime says when it is asked.
 */
export function healthRules(version: string, properties: JsonObject): HealthRules {
  const { detection, recovery } = parse(version, properties)
  const [action] = recovery.actions ?? []
  const modes = detection.detectionModes ?? []
  return {
    intervalSeconds: detection.interval,
    nodeUpdateTimeoutSeconds: detection.nodeUpdateTimeout,
    needsAll: detection.recoveryConditional === 'ALL_FAILED',
    detections: modes.length === 0 ? [{ by: 'status' }] : modes.map(toDetection),
    recovery: {
      operation: action?.name ?? 'RECREATE',
      params: action?.params ?? {},
      fencesCompute: (recovery.fencing ?? []).includes('COMPUTE'),
      nodeDeleteTimeoutSeconds: recovery.nodeDeleteTimeout,
      forceRecreate: recovery.nodeForceRecreate,
    },
  }
}

/** What each way of noticing found of a node, in the order of the rules. */
export interface Finding {
  readonly hasFailed: boolean
  readonly because: string
}

/** Puts together what was found of a node. @returns why it counts as failed; null if it does not */
export function judgeFindings({ needsAll }: HealthRules, findings: readonly Finding[]): string | null {
  const failed = findings.filter(({ hasFailed }) => hasFailed)
  if (failed.length === 0 || (needsAll && failed.length < findings.length)) return null
  return [...new Set(failed.map(({ because }) => because))].join('; ')
}

type Mode = NonNullable<HealthSpec['detection']['detectionModes']>[number]

function toDetection({ type, options }: Mode): Detection {
  if (type !== 'NODE_STATUS_POLL_URL') return { by: DETECTIONS[type] }
  return {
    by: 'url',
    url: options.pollUrl,
    verifiesCertificate: options.pollUrlSslVerify,
    countsUnreachable: options.pollUrlConnErrorAsUnhealthy,
    healthyText: options.pollUrlHealthyResponse,
    retryLimit: options.pollUrlRetryLimit,
    retryIntervalSeconds: options.pollUrlRetryInterval,
  }
}
