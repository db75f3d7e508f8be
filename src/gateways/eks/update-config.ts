import { InvalidRequestError } from '../../domain/errors.ts'
import { DEFAULT_UPDATE_PARAMS, type UpdateParams } from '../../domain/update.ts'
import { invalidParameter } from './faults.ts'
import type { CreateNodegroup } from './shapes.ts'

type UpdateConfig = NonNullable<CreateNodegroup['updateConfig']>
type Limits = Partial<Pick<UpdateParams, 'maxUnavailable' | 'maxSurge'>>

/**
 * How updates of a group go: so many nodes at a time, of which DEFAULT starts the replacements first, and MINIMAL ends the old
 * ones first. Where nobody named a strategy, old ones end first, which nodes of every kind can do.
 * @param before what the group has
 * @throws AwsFault when the number is given in both ways
 */
export function toUpdateParams(config: UpdateConfig | undefined, before: Limits = {}): Limits {
  const { maxUnavailable, maxUnavailablePercentage, updateStrategy } = config ?? {}
  if (maxUnavailable !== undefined && maxUnavailablePercentage !== undefined) {
    throw invalidParameter('Give maxUnavailable or maxUnavailablePercentage, not both.')
  }
  const share = maxUnavailablePercentage === undefined ? undefined : `${maxUnavailablePercentage}%`
  const given = maxUnavailable ?? share
  const atOnce = given ?? atOnceOf(before)
  if (updateStrategy === undefined && given === undefined) return {}
  if (updateStrategy === 'MINIMAL') return { maxUnavailable: atOnce, maxSurge: 0 }
  const startsFirst = updateStrategy === 'DEFAULT' || isNone(before.maxUnavailable)
  return startsFirst ? { maxUnavailable: 0, maxSurge: atOnce } : { maxUnavailable: atOnce }
}

/** The same, to be shown. @param asked the strategy that somebody named */
export function presentUpdateConfig(limits: Limits, asked: string | undefined): object {
  const atOnce = atOnceOf(limits)
  // Drover's own API may have changed since what it does.
  const named = asked === undefined ? {} : { updateStrategy: 'MINIMAL' }
  return {
    ...(typeof atOnce === 'number'
      ? { maxUnavailable: atOnce }
      : { maxUnavailablePercentage: Number.parseInt(atOnce, 10) }),
    ...(isNone(limits.maxUnavailable) ? { updateStrategy: 'DEFAULT' } : named),
  }
}

/** An error of an update that cannot start replacements first, with the way out in the words of this API. */
export function inTheirWords(error: unknown): unknown {
  if (!(error instanceof InvalidRequestError) || error.field !== 'params.maxSurge') return error
  return invalidParameter(`${error.message}, which is what updateConfig.updateStrategy MINIMAL does.`)
}

function atOnceOf({ maxUnavailable = DEFAULT_UPDATE_PARAMS.maxUnavailable, maxSurge }: Limits) {
  return isNone(maxUnavailable) ? (maxSurge ?? 1) : maxUnavailable
}

function isNone(maxUnavailable: number | string | undefined): boolean {
  return maxUnavailable === 0 || maxUnavailable === '0%'
}
