const SQLITE_CONSTRAINT_UNIQUE = 2067
const SQLITE_CONSTRAINT_PRIMARYKEY = 1555
const POSTGRES_UNIQUE_VIOLATION = '23505'
/** Invalid text representation, numeric value out of range. */
const POSTGRES_WRONG_TYPES = ['22P02', '22003']

/**
 * Whether a query failed because such a row is there already. Knows the databases' own errors, inside a
 * transaction, and those a store made of them.
 */
export function isUniqueViolation(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, errcode } = error as { code?: unknown; errcode?: unknown }
  return (
    (code === 'ERR_SQLITE_ERROR' &&
      (errcode === SQLITE_CONSTRAINT_UNIQUE || errcode === SQLITE_CONSTRAINT_PRIMARYKEY)) ||
    code === POSTGRES_UNIQUE_VIOLATION ||
    isUniqueViolation(error.cause)
  )
}

/** SQLite's primary codes: too big, a constraint, a type that does not fit, a value out of range. */
const SQLITE_REFUSALS = [18, 19, 20, 25]
/** PostgreSQL's classes: data exceptions, constraints, limits that a row exceeds. */
const POSTGRES_REFUSALS = /^(22|23|54)[0-9A-Z]{3}$/

/**
 * Whether the database refused what was to be written, as too large, broken or against a rule, and will refuse it again: not
 * because of the state that it is in itself.
 */
export function isRefusedRow(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, errcode } = error as { code?: unknown; errcode?: unknown }
  if (code === 'ERR_SQLITE_ERROR') return SQLITE_REFUSALS.includes(Number(errcode) & 0xff)
  return (typeof code === 'string' && POSTGRES_REFUSALS.test(code)) || isRefusedRow(error.cause)
}

/** Whether a query compared a column with a value that cannot be of its type. Never so on SQLite. */
export function isWrongType(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as { code?: unknown }
  return POSTGRES_WRONG_TYPES.some((known) => known === code) || isWrongType(error.cause)
}
