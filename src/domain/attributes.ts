import type { JsonObject } from './ids.ts'

/** The key of the tags among a thing's attributes: names and texts that people gave it, the same in every API. */
export const TAGS = 'tags'

/**
 * What other APIs keep with a thing and that has no meaning here: by a gateway's name what its clients gave and get back
 * as it was, and by {@link TAGS} its tags.
 */
export type Attributes = Readonly<Record<string, JsonObject>>

/** The attributes with `patch` laid over those of one key: null takes a member away. */
export function patchAttributes(attributes: Attributes, key: string, patch: JsonObject): Attributes {
  const { [key]: before = {}, ...others } = attributes
  const members = Object.entries({ ...before, ...patch }).filter(([, value]) => value !== null)
  return members.length === 0 ? others : { ...others, [key]: Object.fromEntries(members) }
}

/** A thing's tags. */
export function tagsOf({
  attributes,
}: {
  readonly attributes: Attributes
}): Readonly<Record<string, string>> {
  return (attributes[TAGS] ?? {}) as Readonly<Record<string, string>>
}
