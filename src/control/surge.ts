import { InvalidRequestError } from '../domain/errors.ts'
import type { RevisionSpec } from '../domain/revision.ts'
import type { UpdateParams } from '../domain/update.ts'
import { surges } from '../planner/limits.ts'
import { type Runtime, supportsSurge } from '../runtimes/runtime.ts'

/**
 * Replacements that start first have to be able to run beside what they replace, on the way forward and on the way back.
 * @param specs what nodes run now and are to run
 * @throws InvalidRequestError `params.maxSurge`
 */
export function checkSurge(runtime: Runtime, params: UpdateParams, specs: readonly RevisionSpec[]): void {
  if (!surges(params)) return
  const refuse = (rule: string) => new InvalidRequestError('params.maxSurge', rule)
  if (!supportsSurge(runtime)) {
    throw refuse(`nodes of type ${runtime.type} cannot start a replacement beside what runs; say 0`)
  }
  for (const spec of specs) {
    const why = runtime.whyNotBeside(spec)
    if (why !== null)
      throw refuse(`nothing can run beside nodes of profile "${spec.profile.name}": ${why}. Or say 0`)
  }
}
