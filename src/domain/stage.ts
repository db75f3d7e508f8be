import type { ProjectId } from './ids.ts'

/** A step on the way to production. A project has an ordered list of them; its name is its id. */
export interface Stage {
  readonly projectId: ProjectId
  /** Counts from 0; bundles are promoted from one to the next. */
  readonly position: number
  readonly name: string
  readonly description: string
}

/** The stages of a project that has said nothing else. */
export const DEFAULT_STAGES = [
  { name: 'Development', description: 'where bundles are tried first' },
  { name: 'Test', description: 'where they prove themselves' },
  { name: 'Production', description: 'where they serve' },
] as const satisfies readonly Pick<Stage, 'name' | 'description'>[]
