import type { Bundle } from '../domain/bundle.ts'
import { InvalidRequestError, InvalidSpecError } from '../domain/errors.ts'
import { nearest } from '../domain/nearest.ts'
import type { Profile } from '../domain/profile.ts'
import type {
  CodeConfiguration,
  CommandLineArgument,
  NodeTemplate,
  RevisionSpec,
} from '../domain/revision.ts'
import type { Runtime } from '../runtimes/runtime.ts'
import type { ControlDeps } from './control.ts'

/** What a revision is made of. */
export interface Software {
  readonly profile: Profile
  readonly code: SoftwareCode | null
  readonly nodeTemplate: NodeTemplate
  readonly version: string | null
}

export interface SoftwareCode {
  readonly bundle: Bundle
  /** Null: what the manifest says. */
  readonly initializationScript: string | null
  readonly commandLineArguments: readonly CommandLineArgument[]
}

/**
 * Makes the spec of a revision: the runtime of the profile's type fills in everything.
 * @throws InvalidSpecError naming the property that breaks a rule of the runtime
 * @throws InvalidRequestError `code.initializationScript` if the bundle has no such file
 */
export async function makeRevisionSpec(
  deps: Pick<ControlDeps, 'runtimes' | 'bundles'>,
  software: Software,
): Promise<RevisionSpec> {
  const { profile, code, nodeTemplate, version } = software
  const { settings, healthCheck, initializationScript } = resolve(deps, software)
  if (code && initializationScript !== null) {
    const { bundle } = code
    if (!(await deps.bundles.contains(bundle.digest, initializationScript))) {
      throw new InvalidRequestError(
        'code.initializationScript',
        `"${initializationScript}" is not a file in bundle ${bundle.name}@${bundle.version}`,
      )
    }
  }
  return {
    profile: { id: profile.id, name: profile.name, type: profile.type, version: profile.version },
    code: code && toCodeConfiguration(code, initializationScript),
    settings,
    healthCheck,
    nodeTemplate,
    version,
  }
}

/**
 * The script that a revision was explicitly asked to run, so that a later one keeps it; null when the manifest or
 * the profile alone would have led to the same, because then a new bundle's manifest may name another.
 */
export function explicitScript(
  deps: Pick<ControlDeps, 'runtimes'>,
  software: Software & { readonly code: SoftwareCode },
): string | null {
  const { code } = software
  if (code.initializationScript === null) return null
  try {
    const implied = resolve(deps, { ...software, code: { ...code, initializationScript: null } })
    return implied.initializationScript === code.initializationScript ? null : code.initializationScript
  } catch (error) {
    if (error instanceof InvalidSpecError) return code.initializationScript
    throw error
  }
}

/** @throws InvalidSpecError naming the types there are */
export function requireRuntime(runtimes: Readonly<Record<string, Runtime>>, type: string): Runtime {
  const runtime = Object.hasOwn(runtimes, type) ? runtimes[type] : undefined
  if (runtime) return runtime
  const known = Object.keys(runtimes)
  const meant = nearest(String(type), known)
  throw new InvalidSpecError(
    'type',
    `there is no profile type "${type}"${meant ? `, did you mean "${meant}"?` : ''}; there are: ${known.join(', ')}`,
  )
}

function resolve(deps: Pick<ControlDeps, 'runtimes'>, { profile, code, nodeTemplate }: Software) {
  return requireRuntime(deps.runtimes, profile.type).resolve({
    version: profile.version,
    properties: profile.properties,
    manifest: code?.bundle.manifest ?? null,
    nodeTemplate,
    initializationScript: code?.initializationScript ?? null,
    hasCode: code !== null,
  })
}

function toCodeConfiguration(code: SoftwareCode, initializationScript: string | null): CodeConfiguration {
  const { bundle, commandLineArguments } = code
  return {
    bundleId: bundle.id,
    bundle: `${bundle.name}@${bundle.version}`,
    digest: bundle.digest,
    initializationScript,
    commandLineArguments,
  }
}
