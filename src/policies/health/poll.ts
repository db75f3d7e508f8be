import type { Endpoint, Node } from '../../domain/node.ts'
import type { Finding, PollRules } from './rules.ts'

/** What asking an address came to: `status` and the beginning of the text, or in words why there was no answer. */
export type Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly text: string }
  | { readonly kind: 'unreachable'; readonly why: string }

/** What may stand in the address that a health policy asks. */
export const PLACE_HOLDERS: readonly string[] = ['nodename', 'host', 'port', 'node_address']

/**
 * Puts a node into the address that a health policy asks: `{nodename}`, `{host}`, `{port}`, and `{node_address}` for host
 * and port together.
 *
 * @returns null when it names what the node does not have, or is no address then: such a node cannot be asked
 */
export function pollAddress(
  { url }: Pick<PollRules, 'url'>,
  { name, endpoint }: Pick<Node, 'name' | 'endpoint'>,
): string | null {
  const parts = { nodename: encodeURIComponent(name), ...(endpoint && partsOf(endpoint)) }
  let isWhole = true
  const address = url.replace(/\{(\w+)\}/g, (_, part: string) => {
    const value = (parts as Readonly<Record<string, string>>)[part]
    isWhole &&= value !== undefined
    return value ?? ''
  })
  return isWhole && URL.canParse(address) ? address : null
}

/**
 * Judges one answer. Any status below 400 is a good one, as with health checks; redirects are answers, too.
 *
 * @param matches whether a text has a match of a pattern; null when that took too long, which is no fault of the node
 */
export function judgeAnswer(
  { countsUnreachable, healthyText }: PollRules,
  address: string,
  answer: Answer,
  matches: (pattern: string, text: string) => boolean | null,
): Finding {
  const asked = `GET ${shown(address)}`
  if (answer.kind === 'unreachable') {
    return { hasFailed: countsUnreachable, because: `${asked}: ${answer.why}` }
  }
  const { status, text } = answer
  if (status >= 400) return { hasFailed: true, because: `${asked} answered ${status}` }
  if (healthyText === '') return { hasFailed: false, because: `${asked} answered ${status}` }
  const found = matches(healthyText, text)
  if (found === null) {
    return { hasFailed: false, because: `${asked}: "${healthyText}" takes too long to look for` }
  }
  const what = found ? 'with' : 'without'
  return { hasFailed: !found, because: `${asked} answered ${status} ${what} "${healthyText}"` }
}

function partsOf({ host, port }: Endpoint) {
  const bracketed = host.includes(':') ? `[${host}]` : host
  return { host: bracketed, port: String(port), node_address: `${bracketed}:${port}` }
}

/** Without what may be secret in it: user, password and query. */
function shown(address: string): string {
  const { origin, pathname } = new URL(address)
  return `${origin}${pathname}`
}
