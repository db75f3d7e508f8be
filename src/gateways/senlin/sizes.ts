import { DroverError, type SizeRefusal } from '../../domain/errors.ts'
import { RefusedFault } from './errors.ts'

/** Runs what changes sizes; a size that is refused is told as this API tells it. */
export async function sized<Result>(
  work: () => Promise<Result>,
  read: (size: SizeRefusal) => SizeRefusal = (size) => size,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof DroverError) || error.size === undefined) throw error
    throw new RefusedFault(sizeText(read(error.size)), { cause: error })
  }
}

const BOUNDS = { minSize: 'min_size', maxSize: 'max_size', desiredCapacity: 'desired_capacity' } as const

/** A size that is refused, in the words of this API. */
export function sizeText({ what, value, relation, bound, limit, isGiven }: SizeRefusal): string {
  const compared = relation === 'above' ? 'greater than' : 'less than'
  const subject = what === 'capacity' ? 'target capacity' : `specified ${BOUNDS[what]}`
  if (bound === 'most') {
    return `The ${subject} (${value}) is ${compared} the maximum number of nodes allowed per cluster (${limit}).`
  }
  const start = `The ${subject} (${value}) is ${compared} the`
  if (isGiven) return `${start} specified ${BOUNDS[bound]} (${limit}).`
  if (what === 'capacity') return `${start} cluster's ${BOUNDS[bound]} (${limit}).`
  return `${start} current ${BOUNDS[bound]} (${limit}) of the cluster.`
}
