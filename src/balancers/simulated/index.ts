import type { Endpoint } from '../../domain/node.ts'
import type { Balancer, ServerState } from '../balancer.ts'

/**
 * A balancer that only pretends, beside nodes that do: it keeps its servers in memory, and all requests are answered at
 * once. Like one that was started again, it has forgotten its servers after a restart of Drover.
 */
export function createSimulatedBalancer(name: string): Balancer {
  const servers = new Map<string, ServerState>()
  const close = (server: string) => {
    const known = servers.get(server)
    if (known) servers.set(server, { ...known, isOpen: false })
  }
  return {
    name: `simulated pool ${name}`,
    list: async () => new Map(servers),
    async put(server: string, address: Endpoint) {
      servers.set(server, { address, isOpen: true })
    },
    async drain(server: string) {
      close(server)
      return { left: 0 }
    },
    async shut(server: string) {
      close(server)
    },
    async remove(server: string) {
      servers.delete(server)
    },
  }
}
