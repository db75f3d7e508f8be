import type { SimResult } from './simulate.ts'

/** What a failed run has to say: which guarantee, how it came to that, and how to see it again. */
export function describeFailure({ seed, violation, lastSteps }: SimResult, lines = 30): string {
  if (!violation) return ''
  return [
    `seed ${seed} broke "${violation.guarantee}" at step ${violation.step}:`,
    `  ${violation.message}`,
    '',
    'the last steps:',
    ...lastSteps.slice(-lines).map((line) => `  ${line}`),
    '',
    `to see all of it again: npm run sim -- --seed ${seed} --trace`,
  ].join('\n')
}
