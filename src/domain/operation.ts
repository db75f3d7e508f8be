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
