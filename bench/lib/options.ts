import { parseArgs } from 'node:util'

/** What the command line asked for. */
export interface BenchOptions {
  /** Names of rows; empty for all. */
  readonly only: readonly string[]
  readonly runs: number
  readonly quick: boolean
  /** Where the results go, as JSON. */
  readonly json: string | null
}

/** @throws Error naming the option that makes no sense */
export function parseOptions(args: readonly string[], rows: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true, default: [] },
      runs: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  })
  const only = values.only.flatMap((names) => names.split(','))
  const unknown = only.find((name) => !rows.includes(name))
  if (unknown !== undefined)
    throw new Error(`--only ${unknown}: there is no such row; there are ${rows.join(', ')}`)
  const runs = Number(values.runs ?? (values.quick ? 1 : 5))
  if (!Number.isInteger(runs) || runs < 1)
    throw new Error(`--runs ${values.runs}: must be a whole number of at least 1`)
  return { only, runs, quick: values.quick, json: values.json ?? null }
}
