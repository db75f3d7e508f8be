import { InvalidRequestError } from '../domain/errors.ts'

/** No colon and no slash: a user's name is part of how it signs, and of paths. */
const USER_NAME = /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,254}$/
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const MIN_PASSWORD = 8
const MIN_SECRET = 16
/** Longer ones would only be work for who guesses on purpose. */
const MAX_SECRET = 1024
const MAX_LABEL = 255

/** @throws InvalidRequestError */
export function checkUserName(field: string, value: unknown): string {
  if (typeof value !== 'string' || !USER_NAME.test(value)) {
    throw new InvalidRequestError(
      field,
      'must have 1 to 255 letters, digits, "-", "_", ".", "@" and "+", and begin with a letter or digit',
    )
  }
  // Users are found by id or name: a name that is another one's id would hide it.
  if (UUID.test(value)) throw new InvalidRequestError(field, `must not look like an id, as "${value}" does`)
  return value
}

/** The message never quotes it. @throws InvalidRequestError */
export function checkPassword(field: string, value: unknown, user: string): string {
  const password = checkSecretText(field, value, MIN_PASSWORD)
  if (password === user) throw new InvalidRequestError(field, 'must not be the name of the user')
  return password
}

/** A secret that a program keeps, so it may as well be long. @throws InvalidRequestError */
export function checkSecret(field: string, value: unknown): string {
  return checkSecretText(field, value, MIN_SECRET)
}

/** A name that people gave a thing of their own, in any language. @throws InvalidRequestError */
export function checkLabel(field: string, value: unknown): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that are refused
  if (typeof value === 'string' && /^[^\u0000-\u001f\u007f/]+$/.test(value) && value.length <= MAX_LABEL) {
    if (UUID.test(value)) throw new InvalidRequestError(field, `must not look like an id, as "${value}" does`)
    return value
  }
  throw new InvalidRequestError(field, `must have 1 to ${MAX_LABEL} characters, and no "/" or line break`)
}

function checkSecretText(field: string, value: unknown, min: number): string {
  if (typeof value === 'string' && value.length >= min && value.length <= MAX_SECRET) return value
  throw new InvalidRequestError(field, `must have ${min} to ${MAX_SECRET} characters`)
}
