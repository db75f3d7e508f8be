import { matchesGlob } from 'node:path'

/** Left out of every bundle. */
const ALWAYS = ['.git', 'node_modules/.cache', '/.droverignore']

/**
 * Decides what of a folder stays out of its bundle. Patterns are a simple form of what `.gitignore` has:
 *
 *     *.log          any file or folder of such a name, at any depth
 *     /build         only at the root; the same goes for any pattern with a slash inside: docs/*.md
 *     temp/          only folders
 *     !keep.log      takes back what an earlier line left out; not below a folder that is left out
 *     # a comment
 *
 * As in Node's `path.matchesGlob`, `*` does not match a leading dot: write `.*` for that.
 *
 * @param patterns the lines of a `.droverignore`, or of an `--exclude` option; the last that matches decides
 */
export function createIgnoreRules(patterns: readonly string[]): (path: string, isFolder: boolean) => boolean {
  const rules = [...ALWAYS, ...patterns].map((line) => line.trim()).flatMap(toRule)
  return (path, isFolder) => {
    const name = path.slice(path.lastIndexOf('/') + 1)
    let ignored = false
    for (const rule of rules) {
      if (rule.folderOnly && !isFolder) continue
      if (matchesGlob(rule.anywhere ? name : path, rule.glob)) ignored = rule.ignores
    }
    return ignored
  }
}

interface Rule {
  readonly glob: string
  readonly ignores: boolean
  readonly folderOnly: boolean
  /** Compared with the name alone, instead of the path from the root. */
  readonly anywhere: boolean
}

function toRule(line: string): Rule[] {
  if (line === '' || line.startsWith('#')) return []
  const ignores = !line.startsWith('!')
  const pattern = ignores ? line : line.slice(1)
  const folderOnly = pattern.endsWith('/')
  const bare = pattern.replace(/\/+$/, '')
  const glob = bare.replace(/^\/+/, '')
  return glob === '' ? [] : [{ glob, ignores, folderOnly, anywhere: !bare.includes('/') }]
}
