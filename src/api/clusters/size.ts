import { Type } from 'typebox'

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

/** A number of nodes, at least one. */
export const Count = Type.Integer({ minimum: 1, maximum: MOST })
