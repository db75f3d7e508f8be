import type { Gateway } from '../gateway.ts'
import { addRoutes } from './http.ts'

/**
 * Huawei Cloud's Cloud Container Engine, version 3: clusters, node pools, nodes, jobs, and the synchronisation of a pool.
 * @see README.md beside this file
 */
export const cceGateway: Gateway = {
  name: 'cce',
  prefix: '/gateways/cce',
  setup: (url) => [
    `client = CceClient.new_builder().with_credentials(BasicCredentials(ak, sk, "<project>")).with_endpoint("${url}").build()`,
    'export CLOUD_SDK_AK=<id> CLOUD_SDK_SK=<secret>   # of "drover access-key create"',
    'the Python client keeps only host and port of an endpoint: give this gateway a listener of its own, --listen cce=127.0.0.1:7719',
  ],
  register: addRoutes,
}
