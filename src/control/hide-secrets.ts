import type { Action } from '../domain/action.ts'
import type { JsonObject } from '../domain/ids.ts'
import { withoutSecrets } from '../domain/operation.ts'
import type { Profile } from '../domain/profile.ts'
import { HIDDEN, type Properties, type Property } from '../domain/property.ts'
import type { Receiver } from '../domain/receiver.ts'
import { LOGIN_SECRETS, type RevisionSpec } from '../domain/revision.ts'
import { describesProperties, type Runtime, supportsOperations } from '../runtimes/runtime.ts'

type Runtimes = Readonly<Record<string, Runtime>>

/**
 * A value in which every member is hidden whose name the types give to a secret, however deep it stands: what is kept of
 * a profile (its own properties, a revision's settings) has another shape with each type, but the names stay. So are the
 * secrets of logins, of which there are some in requests.
 */
export function hideSecrets<Value>(runtimes: Runtimes, value: Value): Value {
  return hideMembers(secretNames(runtimes), value) as Value
}

/** A profile, or the valid part of one, as it is shown. */
export function hideInProfile<Shown extends Pick<Profile, 'properties'>>(
  runtimes: Runtimes,
  profile: Shown,
): Shown {
  return { ...profile, properties: hideSecrets(runtimes, profile.properties) }
}

/** A revision, or the plan of one, as it is shown. */
export function hideInRevision<Shown extends { readonly spec: RevisionSpec }>(
  runtimes: Runtimes,
  revision: Shown,
): Shown {
  const { settings, nodeTemplate } = revision.spec
  const hidden = {
    settings: hideSecrets(runtimes, settings),
    nodeTemplate: hideSecrets(runtimes, nodeTemplate),
  }
  return { ...revision, spec: { ...revision.spec, ...hidden } }
}

/** An action as it is shown. */
export function hideInAction<Shown extends Pick<Action, 'inputs'>>(action: Shown): Shown {
  return { ...action, inputs: withoutSecrets(action.inputs) }
}

/** A receiver as it is shown: its params may be those of an operation, or of an update with a login. */
export function hideInReceiver(runtimes: Runtimes, receiver: Receiver): Receiver {
  return { ...receiver, params: hideSecrets(runtimes, receiver.params) }
}

/** The answer to a change as it is shown, and remembered for when the change is asked for again. */
export function hideInAnswer<Answer extends object>(runtimes: Runtimes, answer: Answer): Answer {
  const { action, profile, revision, receiver } = answer as {
    readonly action?: Action | null
    readonly profile?: Profile
    readonly revision?: { readonly spec: RevisionSpec }
    readonly receiver?: Receiver
  }
  return {
    ...answer,
    ...(action && { action: hideInAction(action) }),
    ...(profile && { profile: hideInProfile(runtimes, profile) }),
    ...(revision && { revision: hideInRevision(runtimes, revision) }),
    ...(receiver && { receiver: hideInReceiver(runtimes, receiver) }),
  }
}

/** Parameters of an operation: those that may stay in the history, and those that only the engine may read. */
export function splitSecrets(
  described: Properties,
  params: JsonObject,
): { readonly params: JsonObject; readonly secrets?: JsonObject } {
  const names = Object.keys(described).filter(
    (name) => namesIn({ [name]: described[name]! }).length > 0 && params[name] != null,
  )
  if (names.length === 0) return { params }
  const hidden = Object.fromEntries(names.map((name) => [name, HIDDEN]))
  const secrets = Object.fromEntries(names.map((name) => [name, params[name]!]))
  return { params: { ...params, ...hidden }, secrets }
}

function secretNames(runtimes: Runtimes): ReadonlySet<string> {
  return new Set(
    Object.values(runtimes).flatMap((runtime) => [
      ...(describesProperties(runtime) ? namesIn(runtime.properties) : []),
      ...(supportsOperations(runtime)
        ? Object.values(runtime.operations).flatMap(({ parameters }) => namesIn(parameters))
        : []),
    ]),
  )
}

function namesIn(described: Properties): string[] {
  return Object.entries(described).flatMap(([name, property]) => [
    ...(isSecret(property) ? [name] : []),
    ...namesIn(membersOf(property)),
  ])
}

function isSecret(property: Property): boolean {
  if (property.type === 'List') return isSecret(property.items)
  return property.type === 'String' && property.secret === true
}

function membersOf(property: Property): Properties {
  if (property.type === 'List') return membersOf(property.items)
  return (property.type === 'Map' && property.properties) || {}
}

function hideMembers(names: ReadonlySet<string>, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => hideMembers(names, item))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      names.has(name) && member != null ? HIDDEN : hideMembers(namesWithin(names, name), member),
    ]),
  )
}

/** Secrets of a login are known by where they stand: their names alone are common words. */
function namesWithin(names: ReadonlySet<string>, member: string): ReadonlySet<string> {
  return member === 'login' ? new Set([...names, ...LOGIN_SECRETS]) : names
}
