import { InvalidSpecError } from '../domain/errors.ts'
import type { HealthCheck, Readiness } from '../domain/health-check.ts'
import type { LifecycleHooks } from '../domain/revision.ts'

/**
 * The health check of a revision whose nodes say themselves whether they are ready.
 * @param node.hasPort whether a node has a port of its own
 * @throws InvalidSpecError naming the property that cannot be kept to
 */
export function withReadiness(
  check: HealthCheck,
  readiness: Readiness | undefined,
  node: { readonly hasPort: boolean; readonly hooks: LifecycleHooks },
): HealthCheck {
  if (readiness === undefined) return check
  if (readiness.port === undefined && !node.hasPort)
    throw new InvalidSpecError('readiness.port', 'give one, or a port to the node')
  if (readiness.drainSeconds && node.hooks.preStop === undefined) {
    const why = 'needs the hook preStop: something has to tell the node to drain'
    throw new InvalidSpecError('readiness.drainSeconds', why)
  }
  return { ...check, readiness }
}
