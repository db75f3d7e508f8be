import type { Json, JsonObject } from '../../domain/ids.ts'
import { invalid } from './errors.ts'

/** A member of a request: where it stands, and what it is. */
export class Member {
  /** As errors name it: `spec.nodeTemplate`. */
  readonly path: string
  readonly value: unknown

  constructor(path: string, value: unknown) {
    this.path = path
    this.value = value
  }

  get isAbsent(): boolean {
    return this.value === undefined || this.value === null
  }

  /** One of an object's. @throws Fault if this is no object */
  at(name: string): Member {
    const path = this.path === '' ? name : `${this.path}.${name}`
    return new Member(path, this.object()[name])
  }

  /** {@link at}, where this may be absent and then has none. */
  maybe(name: string): Member {
    return this.isAbsent ? new Member(`${this.path}.${name}`, undefined) : this.at(name)
  }

  object(): JsonObject {
    const { value } = this
    if (this.isAbsent) throw invalid(this.path || 'the request body', 'is required')
    if (typeof value !== 'object' || Array.isArray(value)) {
      throw invalid(this.path || 'the request body', 'must be an object')
    }
    return value as JsonObject
  }

  optionalObject(): JsonObject | undefined {
    return this.isAbsent ? undefined : this.object()
  }

  text(): string {
    if (this.isAbsent) throw invalid(this.path, 'is required')
    if (typeof this.value !== 'string') throw invalid(this.path, 'must be a string')
    return this.value
  }

  optionalText(): string | undefined {
    return this.isAbsent ? undefined : this.text()
  }

  /** @param rule what to say of one that does not match */
  name(pattern: RegExp, rule: string): string {
    const text = this.text()
    if (!pattern.test(text)) throw invalid(this.path, rule)
    return text
  }

  integer(least: number, most: number): number {
    const { value } = this
    if (this.isAbsent) throw invalid(this.path, 'is required')
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
      throw invalid(this.path, `must be an integer between ${least} and ${most}`)
    }
    return value
  }

  optionalInteger(least: number, most: number): number | undefined {
    return this.isAbsent ? undefined : this.integer(least, most)
  }

  optionalBoolean(): boolean | undefined {
    if (this.isAbsent) return undefined
    if (typeof this.value !== 'boolean') throw invalid(this.path, 'must be true or false')
    return this.value
  }

  /** Those of a list; none if it is absent. */
  items(): readonly Member[] {
    if (this.isAbsent) return []
    if (!Array.isArray(this.value)) throw invalid(this.path, 'must be an array')
    return this.value.map((item, index) => new Member(`${this.path}[${index}]`, item))
  }

  texts(): readonly string[] {
    return this.items().map((item) => item.text())
  }

  json(): Json | undefined {
    return this.value as Json | undefined
  }
}

/** The body of a request, and what it says it is. @throws Fault if it says another kind or version */
export function bodyOf(body: unknown, kind?: string): Member {
  const member = new Member('', body)
  const said = member.at('kind').optionalText()
  if (kind !== undefined && said !== undefined && said.toLowerCase() !== kind.toLowerCase()) {
    throw invalid('kind', `must be ${kind}`)
  }
  const version = member.at('apiVersion').optionalText()
  if (version !== undefined && version !== 'v3') throw invalid('apiVersion', 'must be v3')
  return member
}
