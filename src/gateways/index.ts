import { cceGateway } from './cce/index.ts'
import { dssGateway } from './dss/index.ts'
import { eksGateway } from './eks/index.ts'
import { finspaceGateway } from './finspace/index.ts'
import type { Gateway } from './gateway.ts'
import { identityGateway } from './identity/index.ts'
import { senlinGateway } from './senlin/index.ts'

/** Every gateway there is. */
export const gateways: readonly Gateway[] = [
  identityGateway,
  senlinGateway,
  finspaceGateway,
  eksGateway,
  cceGateway,
  dssGateway,
]
