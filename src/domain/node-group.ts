import type { Node } from './node.ts'

/** Nodes that nobody tells apart when nodes are only counted. */
export interface NodeGroup extends Pick<Node, 'poolId' | 'status' | 'health' | 'revisionId' | 'drift'> {
  readonly count: number
}
