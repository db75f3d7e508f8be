import type { Json, JsonObject } from './ids.ts'

/** Items of a list that are shown; the number of all stands beside it. */
const MOST = 100

/**
 * A value in which no list is longer than people read: `remove` with 5,000 items becomes `remove` with the first 100
 * and `removeCount`. What the engine needs of it stays where it is stored.
 */
export function shortenLists(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]): [string, Json][] => {
      if (Array.isArray(member) && member.length > MOST)
        return [
          [name, member.slice(0, MOST)],
          [`${name}Count`, member.length],
        ]
      return [[name, isMap(member) ? shortenLists(member) : member]]
    }),
  )
}

function isMap(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
