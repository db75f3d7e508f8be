/** Symlinks inside a bundle: from the link's path to its target, as the link has it. */
export type Links = ReadonlyMap<string, string>

// Ends loops, and bounds what a bundle of hostile links can cost.
const MAX_STEPS = 1000

/**
 * Follows a path inside a bundle the way the operating system would, through symlinks, `.` and `..`.
 *
 * @returns the path it leads to (which need not exist), empty for the bundle's root; undefined if it leads out
 * of the bundle on its way, or goes round in circles
 */
export function followPath(path: string, links: Links): string | undefined {
  const ahead = path.split('/').reverse()
  const behind: string[] = []
  for (let steps = 0; ahead.length > 0; steps += 1) {
    if (steps > MAX_STEPS) return undefined
    const segment = ahead.pop()!
    if (segment === '' || segment === '.') continue
    if (segment === '..') {
      if (behind.pop() === undefined) return undefined
      continue
    }
    behind.push(segment)
    const target = links.get(behind.join('/'))
    if (target === undefined) continue
    if (target.startsWith('/')) return undefined
    behind.pop()
    ahead.push(...target.split('/').reverse())
  }
  return behind.join('/')
}

/** Says which rule a link's target breaks, or undefined if it stays inside the bundle. */
export function brokenLinkRule(path: string, links: Links): string | undefined {
  const target = links.get(path) ?? ''
  if (target === '') return 'a symlink must have a target'
  if (target.includes('\0')) return "a symlink's target must not contain a NUL character"
  if (target.startsWith('/'))
    return `its target ${JSON.stringify(target)} is absolute; it must stay inside the bundle`
  if (followPath(path, links) === undefined) {
    return `its target ${JSON.stringify(target)} leads out of the bundle, or round in circles`
  }
  return undefined
}
