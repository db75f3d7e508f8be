import { parse } from 'yaml'
import { InvalidSpecError, messageOf } from '../domain/errors.ts'
import { nearest } from '../domain/nearest.ts'
import { SETTING_ENTRIES } from './entries.ts'

/**
 * The values of a YAML configuration file by setting name.
 * @throws InvalidSpecError when it is no YAML object, or has a key that is no setting
 */
export function readConfigFile(file: { readonly path: string; readonly text: string }): Map<string, unknown> {
  let content: unknown
  try {
    content = parse(file.text) ?? {}
  } catch (error) {
    throw new InvalidSpecError('config', `${file.path} is not YAML: ${messageOf(error)}`, { cause: error })
  }
  if (!isObject(content)) throw new InvalidSpecError('config', `${file.path} must hold settings by name`)
  const values = new Map<string, unknown>()
  collect(content, '', file.path, values)
  return values
}

const NAMES = SETTING_ENTRIES.map((entry) => entry.name)
const GROUPS = new Set(NAMES.flatMap((name) => groupsOf(name)))

function collect(content: object, prefix: string, path: string, values: Map<string, unknown>): void {
  for (const [key, value] of Object.entries(content)) {
    const name = `${prefix}${key}`
    // Nothing after the colon: as if the line were not there, or all lines of a group commented out.
    if (value === null && (NAMES.includes(name) || GROUPS.has(name))) continue
    if (NAMES.includes(name)) values.set(name, value)
    else if (GROUPS.has(name) && isObject(value)) collect(value, `${name}.`, path, values)
    else if (GROUPS.has(name)) {
      throw new InvalidSpecError(name, `(in ${path}) is a group of settings, not a value`)
    } else {
      const near = nearest(name, [...NAMES, ...GROUPS])
      const hint = near === undefined ? 'docs/config.md lists them all' : `did you mean "${near}"?`
      throw new InvalidSpecError(name, `(in ${path}) is not a setting; ${hint}`)
    }
  }
}

function groupsOf(name: string): string[] {
  const steps = name.split('.').slice(0, -1)
  return steps.map((_, index) => steps.slice(0, index + 1).join('.'))
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
