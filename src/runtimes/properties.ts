import type { Static, TSchema } from 'typebox'
import type { Validator } from 'typebox/compile'
import { InvalidSpecError } from '../domain/errors.ts'
import type { JsonObject } from '../domain/ids.ts'

/**
 * A profile's properties as the type their schema describes.
 * @throws InvalidSpecError naming the first property that breaks a rule, as a path: `limits.openFiles`
 */
export function checkProperties<Schema extends TSchema>(
  validator: Validator<Record<never, never>, Schema>,
  properties: JsonObject,
): Static<Schema> {
  if (validator.Check(properties)) return properties as Static<Schema>
  const [error] = validator.Errors(properties)
  const path = (error?.instancePath ?? '').slice(1).replaceAll('/', '.')
  const unknown = error?.message === 'schema is false'
  throw new InvalidSpecError(
    path === '' ? 'properties' : path,
    unknown
      ? 'there is no such property; see the schema of this profile type'
      : (error?.message ?? 'is wrong'),
  )
}
