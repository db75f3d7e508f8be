import type { Gateway } from './gateway.ts'

/** Every gateway there is. */
export const gateways: readonly Gateway[] = []
