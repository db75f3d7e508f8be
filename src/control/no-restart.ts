import { InvalidRequestError } from '../domain/errors.ts'
import type { Revision, RevisionSpec } from '../domain/revision.ts'
import { type Runtime, supportsPlaceCode } from '../runtimes/runtime.ts'
import { canonicalJson } from './idempotency.ts'

/**
 * NO_RESTART puts code under a process that goes on running, so it can change nothing that a process reads when it
 * starts.
 * @param running the revisions that nodes run now
 * @throws InvalidRequestError `params.strategy`
 */
export function checkNoRestart(runtime: Runtime, running: readonly Revision[], spec: RevisionSpec): void {
  const refuse = (rule: string) => new InvalidRequestError('params.strategy', `NO_RESTART ${rule}`)
  if (!supportsPlaceCode(runtime)) {
    throw refuse(`is not possible for nodes of type ${runtime.type}; use ROLLING or FORCE`)
  }
  if (!spec.code) throw refuse('puts code in place, and the revision has none; use ROLLING or FORCE')
  for (const revision of running) {
    const changed = Object.keys(startedWith(spec)).filter(
      (part) => canonicalJson(startedWith(spec)[part]) !== canonicalJson(startedWith(revision.spec)[part]),
    )
    if (changed.length > 0) {
      throw refuse(
        `cannot change ${changed.join(', ')} of running nodes (revision ${revision.number}), only the bundle; ` +
          'use ROLLING or FORCE',
      )
    }
  }
}

/** What takes effect only when a node starts, by the name that people know it by. */
function startedWith(spec: RevisionSpec): Readonly<Record<string, unknown>> {
  return {
    'the profile': spec.profile.id,
    'the initialization script': spec.code?.initializationScript ?? null,
    'the command-line arguments': spec.code?.commandLineArguments ?? [],
    'the node template': spec.nodeTemplate,
    'the settings': spec.settings,
    'the version': spec.version,
  }
}
