import { isReached, type Result, type Target } from './result.ts'

const HEAD = ['row', 'measured', 'result', 'target', 'reached', 'beside it, in the same run']

/** The results as a table in Markdown, wide enough to be read as it is. */
export function toTable(results: readonly Result[]): string {
  const rows = results.map((result) => [
    result.row,
    result.measured,
    withUnit(result.value, result.unit),
    describeTarget(result.target, result.unit),
    { true: 'yes', false: '**no**', null: '' }[String(isReached(result)) as 'true' | 'false' | 'null'],
    result.beside,
  ])
  const widths = HEAD.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  )
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  return [line(HEAD), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join(
    '\n',
  )
}

/** Three digits that count, and the unit. */
export function withUnit(value: number, unit: string): string {
  return unit === '' ? round(value) : `${round(value)} ${unit}`
}

function describeTarget(target: Target | null, unit: string): string {
  if (target === null) return ''
  const parts = [
    target.atMost !== undefined && `≤ ${withUnit(target.atMost, unit)}`,
    target.atLeast !== undefined && `≥ ${withUnit(target.atLeast, unit)}`,
  ]
  return parts.filter((part) => part !== false).join(', ')
}

function round(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return Number(value.toFixed(digits)).toLocaleString('en-US')
}
