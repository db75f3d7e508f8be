import type { Gateway } from '../gateway.ts'
import { addRoutes } from './http.ts'

/**
 * Dataiku's Project Deployer: published projects and their bundles, infrastructures, deployments, and the futures of updates.
 * @see README.md beside this file
 */
export const dssGateway: Gateway = {
  name: 'dss',
  prefix: '/gateways/dss',
  setup: (url) => [
    `deployer = dataikuapi.DSSClient("${url}", "<API key>").get_projectdeployer()`,
    `for a key that is for several projects: dataikuapi.DSSClient("${url}/projects/<project>", "<API key>")`,
  ],
  register: addRoutes,
}
