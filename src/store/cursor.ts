import { InvalidRequestError } from '../domain/errors.ts'

export type SortValue = string | number

/** @param values of the last item shown, in the order of the sort keys */
export function encodeCursor(sort: string, values: readonly SortValue[]): string {
  return Buffer.from(JSON.stringify([sort, ...values])).toString('base64url')
}

/** @throws InvalidRequestError if it was not made for this order, or not by us at all */
export function decodeCursor(cursor: string, sort: string, count: number): readonly SortValue[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    throw wrongCursor()
  }
  if (!Array.isArray(parsed) || parsed.length !== count + 1 || parsed[0] !== sort) throw wrongCursor()
  const values: unknown[] = parsed.slice(1)
  if (!values.every(isSortValue)) throw wrongCursor()
  return values
}

export function wrongCursor(options: ErrorOptions = {}): InvalidRequestError {
  return new InvalidRequestError('cursor', 'is not one that this listing gave with this sort order', options)
}

function isSortValue(value: unknown): value is SortValue {
  return typeof value === 'string' || typeof value === 'number'
}
