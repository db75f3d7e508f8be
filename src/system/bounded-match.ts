import { Script } from 'node:vm'

const LIMIT_MS = 50

const SEARCH = new Script('new RegExp(pattern).test(text)')

/**
 * Whether a text has a match of a regular expression. Some expressions take years on some texts; the search is broken
 * off after 50 ms, for it holds up everything else.
 *
 * @returns null when it was broken off
 * @throws SyntaxError for what is no regular expression
 */
export function matchesInTime(pattern: string, text: string): boolean | null {
  try {
    return SEARCH.runInNewContext({ pattern, text }, { timeout: LIMIT_MS }) as boolean
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return null
    throw error
  }
}
