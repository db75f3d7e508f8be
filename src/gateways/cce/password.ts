/** `$6$`, rounds if they are others than usual, salt, hash: what crypt(5) makes of a password by SHA-512. */
const SALTED = /^\$6\$(rounds=\d{4,9}\$)?[./0-9A-Za-z]{1,16}\$[./0-9A-Za-z]{86}$/
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/
const SPECIAL = '!@$%^-_=+[{}]:,./?~#*'
const MOST = 26
const LEAST = 8
const KINDS = 3

/** What takes the place of a password wherever one is shown. */
export const MASK = '********'

/** A login password as a request has it. */
export type Password =
  /** `text` is the crypt(5) form, or the password itself. */
  | { readonly kind: 'salted' | 'clear'; readonly text: string }
  /** As it is shown: the one that is there stays. */
  | { readonly kind: 'masked' }
  | { readonly kind: 'refused'; readonly rule: string }

/**
 * Reads a password. Its vendor wants it salted, hashed and in Base64; then nothing can be said of the password itself. One
 * in the clear has to be a strong one. What the vendor's samples send for one is taken as it is.
 * @see the vendor's rules: 8 to 26 characters, three of four kinds, not the user's name or its reverse
 */
export function readPassword(given: string, userName: string): Password {
  if (/^\*+$/.test(given)) return { kind: 'masked' }
  const decoded = BASE64.test(given) ? Buffer.from(given, 'base64').toString('latin1') : ''
  if (decoded.startsWith('$')) {
    if (SALTED.test(decoded)) return { kind: 'salted', text: decoded }
    return { kind: 'refused', rule: 'decodes to no complete SHA-512 crypt string ($6$salt$hash)' }
  }
  if (isPlaceholder(given)) return { kind: 'clear', text: given }
  const rule = findWeakness(given, userName)
  return rule === null ? { kind: 'clear', text: given } : { kind: 'refused', rule }
}

/** `xxxxx` */
function isPlaceholder(given: string): boolean {
  return /^x{5}$/.test(given)
}

function findWeakness(password: string, userName: string): string | null {
  if (password.length < LEAST || password.length > MOST) return `must have ${LEAST} to ${MOST} characters`
  const kinds = [/[A-Z]/, /[a-z]/, /[0-9]/].filter((kind) => kind.test(password)).length
  const others = [...password].filter((letter) => !/[A-Za-z0-9]/.test(letter))
  if (others.some((letter) => !SPECIAL.includes(letter))) {
    return `may have letters, digits and ${SPECIAL}, and nothing else`
  }
  if (kinds + Number(others.length > 0) < KINDS) {
    return `must have three of: upper-case letters, lower-case letters, digits, special characters (${SPECIAL})`
  }
  const [low, name] = [password.toLowerCase(), userName.toLowerCase()]
  if (low === name || low === [...name].reverse().join('')) return 'must not be the user name, or its reverse'
  return null
}
