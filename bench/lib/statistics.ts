/** The middle one; of an even number, between the two in the middle. @throws RangeError when there is none */
export function median(values: readonly number[]): number {
  return percentile(values, 50)
}

/**
 * The value that `percent` of 100 are at or below, interpolated between neighbours.
 * @throws RangeError when there is none
 */
export function percentile(values: readonly number[], percent: number): number {
  if (values.length === 0) throw new RangeError('there is no percentile of nothing')
  const sorted = [...values].sort((a, b) => a - b)
  const at = ((sorted.length - 1) * percent) / 100
  const low = sorted[Math.floor(at)]!
  const high = sorted[Math.ceil(at)]!
  return low + (high - low) * (at - Math.floor(at))
}
