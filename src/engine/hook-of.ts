import type { Action } from '../domain/action.ts'
import type { DeletionHook } from '../policies/policy.ts'

/** The lifecycle hook that an action waits for. */
export function hookOf({ inputs }: Pick<Action, 'inputs'>): DeletionHook | undefined {
  return inputs['hook'] as DeletionHook | undefined
}
