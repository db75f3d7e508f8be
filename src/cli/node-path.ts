import type { Session } from './session.ts'

/** @param cluster `-`: wherever the node is, also in no cluster */
export function nodePath(session: Session, cluster: string, node: string): string {
  if (cluster === '-') return session.inProject`/nodes/${node}`
  return session.inProject`/clusters/${cluster}/nodes/${node}`
}
