import type { Properties } from './property.ts'

/** What can be done to a running node beyond starting, stopping and replacing it. */
export interface Operation {
  /** A sentence for people. */
  readonly description: string
  readonly parameters: Properties
}

/** Operations by name: `reboot`. */
export type Operations = { readonly [name: string]: Operation }
