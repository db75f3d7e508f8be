import type { Gateway } from '../gateway.ts'
import { addRoutes } from './http.ts'

/** OpenStack Clustering v1, as Senlin served it until 2024. */
export const senlinGateway: Gateway = {
  name: 'senlin',
  prefix: '/gateways/senlin',
  catalog: { type: 'clustering', name: 'senlin' },
  setup: (url) => [`OS_CLUSTERING_ENDPOINT_OVERRIDE=${url}`],
  register: addRoutes,
}
