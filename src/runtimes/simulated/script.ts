import { InvalidSpecError } from '../../domain/errors.ts'
import type { Json, JsonObject } from '../../domain/ids.ts'

const PREFIX = 'drover:'

/**
 * Gathers what `drover:` keys say of how a resource behaves, as properties of the type `scripted`. Steps of a path are
 * separated by dots, and values may be JSON in text, since many APIs take nothing but text there:
 * ```
 *   metadata: { "drover:latency.startMs": "200", "drover:failures.start": "first" }
 *   ->  { latency: { startMs: 200 }, failures: { start: 'first' } }
 * ```
 * @param hints the properties in which they may stand; later ones are laid over earlier ones
 * @param otherwise what holds where they say nothing
 * @throws InvalidSpecError for a key that goes through a value
 */
export function readScript(
  values: JsonObject,
  hints: readonly string[],
  otherwise: JsonObject = {},
): JsonObject {
  const script: { [key: string]: Json } = { ...otherwise }
  for (const hint of hints) {
    for (const [key, value] of Object.entries((values[hint] ?? {}) as JsonObject)) {
      if (key.startsWith(PREFIX))
        put(script, key.slice(PREFIX.length).split('.'), toValue(value), `${hint}.${key}`)
    }
  }
  return script
}

function put(script: { [key: string]: Json }, path: readonly string[], value: Json, field: string): void {
  const [step = '', ...rest] = path
  if (rest.length === 0) {
    script[step] = value
    return
  }
  const next = Object.hasOwn(script, step) ? script[step] : {}
  if (typeof next !== 'object' || next === null || Array.isArray(next)) {
    throw new InvalidSpecError(`properties.${field}`, `"${step}" has a value already, and no parts`)
  }
  const inner = { ...(next as JsonObject) }
  put(inner, rest, value, field)
  script[step] = inner
}

function toValue(value: Json): Json {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value) as Json
  } catch {
    return value
  }
}
