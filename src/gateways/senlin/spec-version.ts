import type { Attributes } from '../../domain/attributes.ts'
import type { Json } from '../../domain/ids.ts'

/** The version of a spec, and what is kept beside it when it came as a number: clients get back what they gave. */
export function readVersion(given: string | number): {
  readonly version: string
  readonly attributes?: Attributes
} {
  if (typeof given === 'string') return { version: given }
  return { version: textOf(given), attributes: { senlin: { version: given } } }
}

/**
 * The version of a profile's or a policy's spec as it was given. A number is written with its fraction, as `1.0`:
 * clients make the name of the type of it.
 */
export function presentVersion({
  version,
  attributes,
}: {
  readonly version: string
  readonly attributes?: Attributes
}): Json {
  const given = attributes?.['senlin']?.['version']
  return typeof given === 'number' ? rawJson(textOf(given)) : version
}

function textOf(version: number): string {
  return Number.isInteger(version) ? `${version}.0` : String(version)
}

/** A text that becomes part of JSON as it is. JavaScript has it, and the compiler's library not yet. */
function rawJson(text: string): Json {
  return (JSON as unknown as { rawJSON(text: string): Json }).rawJSON(text)
}
