export const ADJUSTMENT_TYPES = ['EXACT_CAPACITY', 'CHANGE_IN_CAPACITY', 'CHANGE_IN_PERCENTAGE'] as const

/** How a size changes: to a number of nodes, by a number of nodes, or by a percentage of the nodes there are. */
export type AdjustmentType = (typeof ADJUSTMENT_TYPES)[number]
