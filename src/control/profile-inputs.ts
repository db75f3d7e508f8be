import type { Attributes } from '../domain/attributes.ts'
import type { JsonObject } from '../domain/ids.ts'
import type { NameInput } from './inputs.ts'

export interface ProfileInput {
  readonly type: string
  /** Of the type's property schema. Default: the newest. */
  readonly version?: string
  readonly properties: JsonObject
}

export interface CreateProfileInput extends ProfileInput, NameInput {
  readonly metadata?: JsonObject
  /** What a gateway keeps with it. */
  readonly attributes?: Attributes
}

export interface ProfileChanges extends Partial<NameInput> {
  /** Replaced as a whole. */
  readonly metadata?: JsonObject
}

export interface ProfileListFilter {
  readonly name?: string | readonly string[]
  readonly type?: string | readonly string[]
}
