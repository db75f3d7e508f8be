import type { JsonObject } from './ids.ts'
import type { Properties } from './property.ts'

/** What can be done to a running node beyond starting, stopping and replacing it. */
export interface Operation {
  /** A sentence for people. */
  readonly description: string
  readonly parameters: Properties
}

/** Operations by name: `reboot`. */
export type Operations = { readonly [name: string]: Operation }

/**
 * How a node is brought back. `REBOOT`: started anew in place, on what is there. `REBUILD`: what it needs is put in place
 * anew, then it is started. `RECREATE`: removed with all its traces, and made again under the same id and name.
 */
export const RECOVERIES = ['REBOOT', 'REBUILD', 'RECREATE'] as const
export type Recovery = (typeof RECOVERIES)[number]

/**
 * Inputs of an action without those that are secret. They stand in a member of their own, which the engine reads and
 * nobody else is shown; it goes when the action ends.
 */
export function withoutSecrets(inputs: JsonObject): JsonObject {
  if (inputs['secrets'] === undefined) return inputs
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => name !== 'secrets')) as JsonObject
}

/** What the operation that an action's inputs ask for is carried out with, secrets included. */
export function paramsOf({ params, secrets }: JsonObject): JsonObject {
  return { ...(params as JsonObject | undefined), ...(secrets as JsonObject | undefined) }
}
