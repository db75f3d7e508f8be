import { serveAwsService } from '../aws/service.ts'
import type { Gateway } from '../gateway.ts'
import { clusterOperations } from './clusters.ts'
import { faults } from './faults.ts'
import { nodegroupOperations } from './nodegroups.ts'
import { tagOperations } from './tags.ts'
import { updateOperations } from './updates.ts'

const operations = [...clusterOperations, ...nodegroupOperations, ...updateOperations, ...tagOperations]

/** Amazon EKS, as far as it is about clusters, node groups and their updates. */
export const eksGateway: Gateway = {
  name: 'eks',
  prefix: '/gateways/eks',
  setup: (url) => [`AWS_ENDPOINT_URL_EKS=${url}`],
  register: (app, deps) => serveAwsService(app, deps, { name: 'eks', faults, operations }),
}
