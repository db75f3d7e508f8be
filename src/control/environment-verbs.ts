import type { Environment } from '../domain/environment.ts'
import type { Page, PageRequest } from '../store/page.ts'
import type { AttributesPatch } from './attributes.ts'
import type { Caller } from './control.ts'
import type { AttributesInput, Match } from './inputs.ts'

export interface CreateEnvironmentInput extends AttributesInput {
  readonly name: string
  readonly description?: string
}

export interface EnvironmentChanges {
  readonly name?: string
  readonly description?: string | null
}

/** Named spaces for clusters. A reference is an id or a name. */
export interface EnvironmentVerbs {
  /** @throws already_exists, limit_exceeded */
  create(caller: Caller, input: CreateEnvironmentInput): Promise<Environment>
  list(caller: Caller, filter: { readonly name?: string }, page: PageRequest): Promise<Page<Environment>>
  get(caller: Caller, ref: string): Promise<Environment>
  /** @throws already_exists, precondition_failed */
  update(caller: Caller, ref: string, changes: EnvironmentChanges, match?: Match): Promise<Environment>
  /** What an API keeps with it, or its tags. */
  setAttributes(caller: Caller, ref: string, change: AttributesPatch): Promise<Environment>
  /** @throws in_use while clusters are in it */
  delete(caller: Caller, ref: string): Promise<Environment>
}
