import { InvalidSpecError } from '../domain/errors.ts'
import type { JsonObject } from '../domain/ids.ts'

/**
 * A profile's properties as the type that their schema describes.
 * @param check says what is wrong, each sentence beginning with the property's path: `limits.openFiles must be …`
 * @param prefix where they stand in the request: `properties.`
 * @throws InvalidSpecError naming the first property that breaks a rule, and how many more do
 */
export function checkProperties<Properties>(
  check: (value: unknown) => readonly string[],
  properties: JsonObject,
  prefix = '',
): Properties {
  const [first, ...more] = check(properties)
  if (first === undefined) return properties as Properties
  const space = first.indexOf(' ')
  const rest = more.length === 0 ? '' : `; also: ${more.join('; ')}`
  throw new InvalidSpecError(prefix + first.slice(0, space), `${first.slice(space + 1)}${rest}`)
}
