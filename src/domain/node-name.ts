import type { ClusterConfig } from './cluster.ts'

const PLACEHOLDER = /\$(\d*)([IR])/g

/** The pattern by which a cluster names its members; undefined: they are numbered after it. */
export function memberNamePattern(config: ClusterConfig): string | undefined {
  return config['node.name.format'] ?? config['node.name.default']
}

/**
 * The name of a new member, by the pattern of its cluster: `$nI` stands for the index in at least n digits, `$nR` for n
 * random characters.
 *
 *   web-$3I, index 7   ->  web-007
 *   node-$8R           ->  node-1f0c9a3e
 *
 * @param random hexadecimal digits, used from the end; at least as many as the pattern asks for, or fewer come out
 */
export function formatNodeName(pattern: string, index: number, random: string): string {
  let rest = random
  return pattern.replaceAll(PLACEHOLDER, (_, width: string, kind: string) => {
    const digits = width === '' ? 1 : Number(width)
    if (kind === 'I') return String(index).padStart(digits, '0')
    const taken = rest.slice(-digits)
    rest = rest.slice(0, -digits)
    return taken
  })
}
