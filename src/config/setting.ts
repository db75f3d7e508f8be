import { resolve } from 'node:path'

/** One thing an operator may set. Its place in `SETTINGS` gives it its name, its variable and its flag. */
export interface Setting<Value> {
  /** For documents and error messages: `a whole number from 1 to 300`. */
  readonly kind: string
  /** What `--flag <…>` takes. Null: the flag stands alone and means true. */
  readonly placeholder: string | null
  readonly unit: string | null
  /** Whether the flag may be given several times: then it stands for a list of what was given. */
  readonly repeatable: boolean
  readonly sentence: string
  /** Whether others must not see it: it has no flag, and no message repeats it. */
  readonly isSecret: boolean
  /** Null: nothing, unless set. A function: depends on the host or on other settings, and `defaultText` says how. */
  readonly default: Value | ((context: DefaultContext) => Value)
  readonly defaultText: string | null
  /** @returns the value, or undefined when this is none. Text comes from the environment and from flags. */
  parse(raw: unknown, context: ParseContext): Value | undefined
}

/** What a default may hang on. */
export interface DefaultContext {
  /** The data folder, already resolved. */
  readonly data: string
}

export interface ParseContext {
  /** Relative paths begin here: the config file's folder for what it says, else the working directory. */
  readonly folder: string
}

interface Common<Value> {
  readonly default: Setting<Value>['default']
  readonly sentence: string
  readonly defaultText?: string
  readonly isSecret?: boolean
}

interface Range {
  readonly unit?: string
  readonly min: number
  readonly max?: number
}

function declare<Value>(
  common: Common<Value>,
  rest: Pick<Setting<Value>, 'kind' | 'placeholder' | 'parse'> & {
    readonly unit?: string | undefined
    readonly repeatable?: boolean | undefined
  },
): Setting<Value> {
  return {
    ...common,
    defaultText: common.defaultText ?? null,
    isSecret: common.isSecret ?? false,
    ...rest,
    unit: rest.unit ?? null,
    repeatable: rest.repeatable ?? false,
  }
}

/** A whole number within bounds, both included. */
export function integer(options: Common<number> & Range): Setting<number> {
  const { min, max = Number.MAX_SAFE_INTEGER, unit } = options
  const kind =
    options.max === undefined ? `a whole number of at least ${min}` : `a whole number from ${min} to ${max}`
  return declare(options, {
    kind,
    placeholder: 'n',
    unit,
    parse(raw) {
      const value = typeof raw === 'string' && /^-?\d+$/.test(raw.trim()) ? Number(raw) : raw
      return Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
        ? (value as number)
        : undefined
    },
  })
}

const BYTE_UNITS: Readonly<Record<string, number>> = { '': 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }

/** A number of bytes, plain or with a binary unit. */
export function bytes(options: Common<number> & { readonly min: number }): Setting<number> {
  return declare(options, {
    kind: `a number of bytes of at least ${options.min}, or one like 512MiB`,
    placeholder: 'bytes',
    unit: 'bytes',
    parse(raw) {
      const match = /^(\d+) ?(|KiB|MiB|GiB)$/.exec(String(raw).trim())
      if (match === null) return undefined
      const value = Number(match[1]) * BYTE_UNITS[match[2]!]!
      return Number.isSafeInteger(value) && value >= options.min ? value : undefined
    },
  })
}

/** A switch; the flag alone means true. */
export function boolean(options: Common<boolean>): Setting<boolean> {
  return declare(options, {
    kind: 'true or false',
    placeholder: null,
    parse(raw) {
      if (raw === true || raw === 'true' || raw === '1') return true
      return raw === false || raw === 'false' || raw === '0' ? false : undefined
    },
  })
}

/** Any text but the empty one. */
export function text(options: Common<string> & { readonly kind: string }): Setting<string> {
  return declare(options, {
    kind: options.kind,
    placeholder: 'text',
    parse: (raw) => (typeof raw === 'string' && raw !== '' ? raw : undefined),
  })
}

/** One word out of a few. */
export function oneOf<Value extends string>(
  options: Common<NoInfer<Value>> & { readonly values: readonly Value[] },
): Setting<Value> {
  return declare(options, {
    kind: `one of ${options.values.join(', ')}`,
    placeholder: options.values.join('|'),
    parse: (raw) => options.values.find((value) => value === raw),
  })
}

/** Gives an absolute path. */
export function path<Value extends string | null>(options: Common<Value>): Setting<Value> {
  return declare(options, {
    kind: 'a path',
    placeholder: 'path',
    parse: (raw, { folder }) =>
      typeof raw === 'string' && raw !== '' ? (resolve(folder, raw) as Value) : undefined,
  })
}

/** A path, which becomes absolute, or a URL of PostgreSQL, which stays as it is. */
export function pathOrPostgresUrl(options: Common<string>): Setting<string> {
  return declare(options, {
    kind: 'a path, or a URL like postgres://user@host:5432/drover',
    placeholder: 'path|url',
    parse(raw, { folder }) {
      if (typeof raw !== 'string' || raw === '') return undefined
      if (/^postgres(ql)?:\/\//.test(raw)) return URL.canParse(raw) ? raw : undefined
      return /^\w+:\/\//.test(raw) ? undefined : resolve(folder, raw)
    },
  })
}

/** A list of words; in the environment and as a flag they are separated by commas. */
export function words(
  options: Common<readonly string[]> & { readonly kind: string },
): Setting<readonly string[]> {
  return declare(options, {
    kind: options.kind,
    placeholder: 'a,b',
    parse(raw) {
      const list = typeof raw === 'string' ? raw.split(',').map((word) => word.trim()) : raw
      const isList = Array.isArray(list) && list.every((word) => typeof word === 'string' && word !== '')
      return isList ? (list as string[]) : undefined
    },
  })
}

/** Anything that `read` makes of a value. */
export function structure<Value>(
  options: Common<Value> &
    Pick<Setting<Value>, 'kind' | 'placeholder'> & {
      readonly read: Read<Value>
      readonly repeatable?: boolean
    },
): Setting<Value> {
  const { kind, placeholder, read, repeatable } = options
  return declare(options, { kind, placeholder, repeatable, parse: read })
}

type Read<Value> = (raw: unknown) => Value | undefined

/** For settings that are JSON in the environment and as a flag; undefined for what is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
