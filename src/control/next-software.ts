import type { Bundle } from '../domain/bundle.ts'
import { InvalidRequestError } from '../domain/errors.ts'
import type { Project } from '../domain/principal.ts'
import type { Profile } from '../domain/profile.ts'
import type { Revision, RevisionSpec } from '../domain/revision.ts'
import type { Tx } from '../store/store.ts'
import type { ControlDeps } from './control.ts'
import { requireBundle, requireProfile } from './find.ts'
import type { SoftwareChanges } from './inputs.ts'
import { checkNodeTemplate, keepHiddenSecrets } from './node-template.ts'
import { explicitScript, makeRevisionSpec, type SoftwareCode } from './revision-spec.ts'
import { checkArguments } from './software-input.ts'
import { checkText } from './validate.ts'

/** What an update's request and the committed revision refer to. */
interface NextSoftware {
  readonly profile: Profile
  readonly committedProfile: Profile
  readonly bundle: Bundle | null
  readonly committedBundle: Bundle | null
}

/** Whether the request says anything that would make a new revision. */
export function namesNewSoftware(input: SoftwareChanges): boolean {
  const { profile, code, nodeTemplate, version } = input
  return [profile, code, nodeTemplate, version].some((part) => part !== undefined)
}

/** @throws NotFoundError */
export async function loadNextSoftware(
  tx: Tx,
  project: Project,
  { spec }: Revision,
  input: SoftwareChanges,
): Promise<NextSoftware> {
  const committedProfile = await requireProfile(tx, project.id, spec.profile.id)
  const committedBundle = spec.code && (await requireBundle(tx, project.id, spec.code.bundleId))
  return {
    committedProfile,
    committedBundle,
    profile:
      input.profile === undefined ? committedProfile : await requireProfile(tx, project.id, input.profile),
    bundle:
      input.code?.bundle === undefined
        ? committedBundle
        : await requireBundle(tx, project.id, input.code.bundle),
  }
}

/**
 * The committed revision's spec with what the request names put in its place; all the rest stays.
 * @throws InvalidRequestError, InvalidSpecError
 */
export async function makeNextSpec(
  deps: ControlDeps,
  { spec }: Revision,
  software: NextSoftware,
  input: SoftwareChanges,
): Promise<RevisionSpec> {
  if (input.code && !software.bundle) {
    throw new InvalidRequestError('code.bundle', 'the committed revision has no bundle to keep; name one')
  }
  return await makeRevisionSpec(deps, {
    profile: software.profile,
    code: software.bundle && nextCode(deps, spec, software, software.bundle, input),
    nodeTemplate:
      input.nodeTemplate === undefined
        ? spec.nodeTemplate
        : keepHiddenSecrets(checkNodeTemplate(input.nodeTemplate), spec.nodeTemplate),
    version: input.version === undefined ? spec.version : checkText('version', input.version),
  })
}

function nextCode(
  deps: ControlDeps,
  spec: RevisionSpec,
  { committedProfile, committedBundle }: NextSoftware,
  bundle: Bundle,
  input: SoftwareChanges,
): SoftwareCode {
  const kept =
    spec.code && committedBundle
      ? explicitScript(deps, {
          profile: committedProfile,
          code: { ...spec.code, bundle: committedBundle },
          nodeTemplate: spec.nodeTemplate,
          version: spec.version,
        })
      : null
  return {
    bundle,
    initializationScript:
      input.code?.initializationScript === undefined ? kept : input.code.initializationScript,
    commandLineArguments:
      input.code?.commandLineArguments === undefined
        ? (spec.code?.commandLineArguments ?? [])
        : checkArguments(input.code.commandLineArguments),
  }
}
