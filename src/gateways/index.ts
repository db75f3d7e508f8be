import type { Gateway } from './gateway.ts'
import { senlinGateway } from './senlin/index.ts'

/** Every gateway there is. */
export const gateways: readonly Gateway[] = [senlinGateway]
