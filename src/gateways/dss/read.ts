import type { JsonObject } from '../../domain/ids.ts'
import { illegal } from './errors.ts'

/** @throws Fault if it is none */
export function objectOf(body: unknown): JsonObject {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw illegal('the request body must be a JSON object')
  }
  return body as JsonObject
}

/** @throws Fault if it is absent, or no text */
export function textOf(body: JsonObject, member: string): string {
  const text = optionalTextOf(body, member)
  if (text === undefined) throw illegal(`${member} is required`)
  return text
}

/** Null is as good as absent, and so is an empty text. @throws Fault if it is no text */
export function optionalTextOf(body: JsonObject, member: string): string | undefined {
  const value = body[member]
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value !== 'string') throw illegal(`${member} must be a string`)
  return value
}

/** @throws Fault if it is neither true nor false */
export function optionalBooleanOf(body: JsonObject, member: string): boolean | undefined {
  const value = body[member]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'boolean') throw illegal(`${member} must be true or false`)
  return value
}

/**
 * What clients may not change, but send back with the rest.
 * @throws Fault if it is there and another than it was
 */
export function checkUnchanged(body: JsonObject, members: Readonly<Record<string, string>>): void {
  for (const [member, kept] of Object.entries(members)) {
    const given = body[member]
    if (given !== undefined && given !== null && given !== kept) {
      throw illegal(`${member} cannot be changed: it is ${kept}`)
    }
  }
}
