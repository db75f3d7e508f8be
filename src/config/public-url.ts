/** Reads an address without credentials, query and fragment; it comes back without a slash at the end. */
export function readPublicUrl(raw: unknown): string | undefined {
  if (typeof raw !== 'string' || !URL.canParse(raw)) return undefined
  const { protocol, username, password, search, hash } = new URL(raw)
  const isPlain = /^https?:$/.test(protocol) && username + password === '' && search === '' && hash === ''
  return isPlain ? raw.replace(/\/+$/, '') : undefined
}
