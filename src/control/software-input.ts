import { InvalidRequestError, NotFoundError } from '../domain/errors.ts'
import type { Project } from '../domain/principal.ts'
import type { CommandLineArgument, RevisionSpec } from '../domain/revision.ts'
import { findBundle } from '../store/bundles.ts'
import { findProfile } from '../store/profiles.ts'
import type { Tx } from '../store/store.ts'
import type { ControlDeps } from './control.ts'
import { requireProfile } from './find.ts'
import type { SoftwareInput } from './inputs.ts'
import { checkNodeTemplate, keepHiddenSecrets } from './node-template.ts'
import { type Asker, requireReadableBundle } from './readable.ts'
import { makeRevisionSpec } from './revision-spec.ts'
import { checkText, isObject } from './validate.ts'

const MAX_ARGUMENTS = 1000
const MAX_ARGUMENT_LENGTH = 32 * 1024

/**
 * What a new cluster's or pool's nodes are to run.
 * @throws NotFoundError, InvalidRequestError, InvalidSpecError
 */
export async function resolveSoftware(
  deps: ControlDeps,
  asker: Asker,
  input: SoftwareInput,
): Promise<RevisionSpec> {
  const { profile, bundle } = await deps.store.read(async (tx) => ({
    profile: await requireProfile(tx, asker.project.id, input.profile),
    bundle: input.code ? await requireReadableBundle({ tx, ...asker }, input.code.bundle) : null,
  }))
  return await makeRevisionSpec(deps, {
    profile,
    code: bundle && {
      bundle,
      initializationScript: input.code?.initializationScript ?? null,
      commandLineArguments: checkArguments(input.code?.commandLineArguments ?? []),
    },
    nodeTemplate: keepHiddenSecrets(checkNodeTemplate(input.nodeTemplate ?? {}), {}),
    version: input.version === undefined ? null : checkText('version', input.version),
  })
}

/**
 * Belongs into the transaction that writes a revision: from then on what it refers to cannot be deleted.
 * @throws NotFoundError if the profile or bundle was deleted since the spec was made
 */
export async function checkReferences(tx: Tx, project: Project, spec: RevisionSpec): Promise<void> {
  if (!(await findProfile(tx, project.id, spec.profile.id))) {
    throw new NotFoundError('profile', spec.profile.name)
  }
  if (spec.code && !(await findBundle(tx, project.id, spec.code.bundleId))) {
    throw new NotFoundError('bundle', spec.code.bundle)
  }
}

/** @throws InvalidRequestError */
export function checkArguments(value: readonly CommandLineArgument[]): readonly CommandLineArgument[] {
  const field = 'code.commandLineArguments'
  if (!Array.isArray(value)) throw new InvalidRequestError(field, 'must be a list of { key, value }')
  if (value.length > MAX_ARGUMENTS) {
    throw new InvalidRequestError(field, `has ${value.length} entries, at most ${MAX_ARGUMENTS} are allowed`)
  }
  return value.map((argument: CommandLineArgument, index) => {
    const at = `${field}[${index}]`
    if (!isObject(argument)) throw new InvalidRequestError(at, 'must be { key, value }')
    if (argument.key === '') throw new InvalidRequestError(`${at}.key`, 'must not be empty')
    return {
      key: checkArgument(`${at}.key`, argument.key),
      value: checkArgument(`${at}.value`, argument.value),
    }
  })
}

// No operating system hands a NUL to a program, and only so many bytes.
function checkArgument(field: string, value: unknown): string {
  if (typeof value !== 'string' || value.includes('\0') || value.length > MAX_ARGUMENT_LENGTH) {
    throw new InvalidRequestError(
      field,
      `must be a text of at most ${MAX_ARGUMENT_LENGTH} characters without NUL`,
    )
  }
  return value
}
