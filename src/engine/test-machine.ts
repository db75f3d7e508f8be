import { DroverError } from '../domain/errors.ts'
import type { Runtime } from '../runtimes/runtime.ts'
import type { Store } from '../store/store.ts'
import type { Clock } from '../system/clock.ts'
import type { Trusted } from './trust.ts'

/** What one engine runs on, so that it can be cut off from the rest of the world. */
export interface Machine {
  readonly store: Store
  readonly clock: Clock
  readonly runtime: Runtime
  readonly dead: boolean
  /** The store refuses everything until `heal`. */
  loseStore(): void
  /** Nothing goes on until `heal`, as when a laptop sleeps; then all that was due comes at once. */
  freeze(): void
  heal(): void
  /** As if killed: no timer fires, nothing is written, no call comes back. */
  die(): void
}

export function createMachine(real: {
  readonly store: Store
  readonly clock: Clock
  readonly runtime: Runtime
}): Machine {
  let mode: 'well' | 'storeless' | 'frozen' | 'dead' = 'well'
  let onHeal: (() => void)[] = []
  const timers = new Set<() => void>()
  const never = new Promise<never>(() => {})

  /** Lets a call through as the machine is now. */
  const pass = async <T>(call: () => Promise<T>): Promise<T> => {
    if (mode === 'dead') return never
    if (mode === 'frozen') await new Promise<void>((resolve) => onHeal.push(resolve))
    return call()
  }
  const reachStore = <T>(call: () => Promise<T>): Promise<T> =>
    pass(async () => {
      if (mode === 'storeless') throw new DroverError('store_unavailable', 'the disk is gone')
      const answer = await call()
      // The answer of a commit that was under way when it died reaches nobody.
      return pass(async () => answer)
    })
  const guarded = new Set(['prepare', 'start', 'stop', 'remove', 'observe', 'placeCode', 'findDrift'])

  return {
    get dead() {
      return mode === 'dead'
    },
    store: {
      read: (work) => reachStore(() => real.store.read(work)),
      write: (work, options) => reachStore(() => real.store.write(work, options)),
      close: () => real.store.close(),
    },
    clock: {
      now: () => real.clock.now(),
      after(delayMs, callback) {
        const cancel = real.clock.after(delayMs, () => {
          timers.delete(cancel)
          if (mode === 'frozen') onHeal.push(callback)
          else if (mode !== 'dead') callback()
        })
        timers.add(cancel)
        return () => {
          timers.delete(cancel)
          cancel()
        }
      },
    },
    runtime: new Proxy(real.runtime, {
      get(target, name) {
        const value = Reflect.get(target, name) as unknown
        if (typeof value !== 'function' || !guarded.has(String(name))) return value
        return (...args: unknown[]) =>
          pass(() => (value as (...args: unknown[]) => Promise<unknown>).apply(target, args)).then((answer) =>
            pass(async () => answer),
          )
      },
    }),
    loseStore() {
      mode = 'storeless'
    },
    freeze() {
      mode = 'frozen'
    },
    heal() {
      mode = 'well'
      const due = onHeal
      onHeal = []
      for (const go of due) go()
    },
    die() {
      mode = 'dead'
      // They would keep the test's own process from ending.
      for (const cancel of timers) cancel()
    },
  }
}

/** A lease that nobody doubts. */
export const TRUSTED: Trusted = { isFresh: true, wait: async () => {} }

/** A clock that jumps to the next timer whenever nothing else is left to do. */
export function jumpingClock(): Clock {
  let at = 0
  const timers = new Set<{ due: number; callback: () => void }>()
  let jumping = false
  const jump = () => {
    jumping = false
    const next = [...timers].sort((a, b) => a.due - b.due)[0]
    if (!next) return
    timers.delete(next)
    at = Math.max(at, next.due)
    next.callback()
    arm()
  }
  const arm = () => {
    if (jumping || timers.size === 0) return
    jumping = true
    setImmediate(jump)
  }
  return {
    now: () => at,
    after(delayMs, callback) {
      const timer = { due: at + delayMs, callback }
      timers.add(timer)
      arm()
      return () => timers.delete(timer)
    },
  }
}
