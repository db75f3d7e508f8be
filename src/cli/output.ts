import CliTable from 'cli-table3'
import { stringify as toYaml } from 'yaml'
import type { Page } from './client.ts'
import type { GlobalOptions } from './connection.ts'
import type { Io, Terminal } from './io.ts'
import { createStyle, printable, type Style } from './style.ts'
import { relativeTime } from './time.ts'

/** A column of a table: its title, and what it shows of an item. */
export type Column<T> = readonly [
  title: string,
  cell: (item: T, output: Output) => string | number | null | undefined,
]

/**
 * What the user sees. For people: tables and sentences, with colours in a terminal. For programs
 * (`-o json`, `-o yaml`): the resources as the API gave them on standard output, and nothing else there.
 */
export class Output {
  readonly format: GlobalOptions['output']
  readonly style: Style
  readonly isTerminal: boolean
  readonly #io: Io

  constructor(io: Io, options: Pick<GlobalOptions, 'output' | 'color'>) {
    this.#io = io
    this.format = options.output
    this.isTerminal = io.stdout.isTTY === true
    this.style = createStyle(wantsColor(io.stdout, io, options.color))
  }

  /** A sentence for people; programs do not get it. */
  say(text: string): void {
    if (this.format === 'table') this.write(`${text}\n`)
  }

  /** A sentence beside the result, on standard error. */
  note(text: string): void {
    this.#io.stderr.write(`${text}\n`)
  }

  /** Text to standard output as it is. */
  write(text: string | Uint8Array): void {
    this.#io.stdout.write(text)
  }

  /** The result of a command: `text` for people, the resource for programs. */
  result(resource: unknown, text: string): void {
    if (this.format === 'table') this.say(text)
    else this.data(resource)
  }

  /** A resource for programs, whole. */
  data(resource: unknown): void {
    this.write(this.format === 'yaml' ? toYaml(resource) : `${JSON.stringify(resource, null, 2)}\n`)
  }

  /** One of many resources that come as time goes on: a line of JSON, or a YAML document. */
  dataLine(resource: unknown): void {
    this.write(this.format === 'yaml' ? `---\n${toYaml(resource)}` : `${JSON.stringify(resource)}\n`)
  }

  /** One thing, for people as `name  value` lines. Rows without a value are left out. */
  fields(resource: unknown, rows: readonly (readonly [string, string | number | null | undefined])[]): void {
    if (this.format !== 'table') {
      this.data(resource)
      return
    }
    const shown = rows.filter(([, value]) => value !== null && value !== undefined && value !== '')
    const width = Math.max(...shown.map(([name]) => name.length))
    for (const [name, value] of shown) {
      const text = printable(String(value)).replaceAll('\n', `\n${' '.repeat(width + 2)}`)
      this.say(`${this.style.dim(name.padEnd(width))}  ${text}`)
    }
  }

  /** A page of things; for people as a table, with a word on how to see more. */
  page<T>(page: Page<T>, columns: readonly Column<T>[], nothing: string): void {
    if (this.format !== 'table') this.data(page)
    else if (page.items.length === 0) this.say(nothing)
    else this.table(page.items, columns)
    if (this.format === 'table' && typeof page.nextCursor === 'string') {
      this.note(`There are more: the first ${page.items.length} are shown. Use --all, or --limit up to 1000.`)
    }
  }

  table<T>(items: readonly T[], columns: readonly Column<T>[]): void {
    const table = new CliTable({
      head: columns.map(([title]) => this.style.dim(title)),
      chars: NO_BORDERS,
      style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    })
    for (const item of items) {
      table.push(columns.map(([, cell]) => String(cell(item, this) ?? '-').replaceAll('\n', ' ')))
    }
    const lines = table.toString().split('\n')
    this.say(lines.map((line) => line.trimEnd()).join('\n'))
  }

  /** An instant for people. */
  ago(instant: string | null | undefined): string {
    return relativeTime(instant, this.#io.clock.now())
  }
}

const NO_BORDERS = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right', 'left']
    .concat(['left-mid', 'mid', 'mid-mid', 'right', 'right-mid'])
    .map((name) => [name, ''])
    .concat([['middle', '   ']]),
)

/** @see https://no-color.org for NO_COLOR */
export function wantsColor(terminal: Terminal, io: Io, option: boolean): boolean {
  const refused = io.env['NO_COLOR'] !== undefined && io.env['NO_COLOR'] !== ''
  return option && !refused && io.env['TERM'] !== 'dumb' && terminal.isTTY === true
}
