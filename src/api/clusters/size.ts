import { Type } from 'typebox'
import { ADJUSTMENT_TYPES } from '../../domain/adjustment.ts'
import { oneOf } from '../schema.ts'

const MOST = 10_000_000

const minSize = Type.Integer({
  minimum: 0,
  maximum: MOST,
  description: 'Fewest nodes it may be asked to have.',
})
const maxSize = Type.Unsafe<number | null>({
  type: ['integer', 'null'],
  minimum: 0,
  maximum: MOST,
  description: 'Most nodes it may be asked to have; null for no bound.',
})

/** How many nodes a new pool has. */
export const size = {
  size: Type.Optional(
    Type.Integer({ minimum: 0, maximum: MOST, description: 'Desired capacity. Default 1.' }),
  ),
  minSize: Type.Optional(minSize),
  maxSize: Type.Optional(maxSize),
}

/** How many nodes it is to have from now on. */
export const resize = {
  desiredCapacity: Type.Optional(Type.Integer({ minimum: 0, maximum: MOST })),
  minSize: Type.Optional(minSize),
  maxSize: Type.Optional(maxSize),
}

/** How its size is to change, worked out when the action runs. */
export const adjust = {
  adjustmentType: Type.Optional(
    oneOf(ADJUSTMENT_TYPES, 'To a number of nodes, by a number, or by a percentage of the nodes there are.'),
  ),
  number: Type.Optional(Type.Number({ minimum: -MOST, maximum: MOST })),
  minSize: Type.Optional(minSize),
  maxSize: Type.Optional(Type.Integer({ minimum: -1, maximum: MOST, description: '-1 for no bound.' })),
  minStep: Type.Optional(
    Type.Integer({ minimum: 0, maximum: MOST, description: 'Nodes that a percentage comes to at least.' }),
  ),
  strict: Type.Optional(
    Type.Boolean({ description: 'Default true. False: a size outside the bounds is cut to them.' }),
  ),
}

/** A number of nodes, at least one. */
export const Count = Type.Integer({ minimum: 1, maximum: MOST })
