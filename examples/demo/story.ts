import { styleText } from 'node:util'

/** Something that was promised, what was measured, and whether that keeps it. */
interface Finding {
  readonly step: string
  readonly promise: string
  readonly measured: string
  readonly isKept: boolean
}

/** Tells what happens, and keeps account of the promises. Colours only where somebody looks at them. */
export class Story {
  readonly #write: (text: string) => void
  readonly #hasColor: boolean
  readonly #findings: Finding[] = []
  readonly #beganAt = performance.now()
  #steps = 0

  constructor(out: NodeJS.WriteStream, env: NodeJS.ProcessEnv) {
    this.#write = (text) => out.write(`${text}\n`)
    this.#hasColor = out.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
  }

  /** A plain sentence. */
  say(text: string): void {
    this.#write(`   ${text}`)
  }

  /** After an empty line. */
  sayApart(text: string): void {
    this.#write('')
    this.say(text)
  }

  /** Begins the next numbered part. */
  step(title: string): void {
    this.#steps += 1
    this.#write(`\n${this.#style('bold', `${this.#steps}. ${title}`)}`)
  }

  /** A command line, before it is run. */
  command(args: readonly string[]): void {
    this.#write(`\n   ${this.#style('cyan', `$ drover ${args.map(quote).join(' ')}`)}`)
  }

  /** A line that a command printed. */
  output(line: string): void {
    this.#write(this.#style('dim', `     ${line}`))
  }

  /** Says whether a promise was kept, and remembers it for the summary. */
  check(promise: string, measured: string, isKept: boolean): void {
    this.#findings.push({ step: String(this.#steps), promise, measured, isKept })
    this.#write(`   ${this.#mark(isKept)}${isKept ? '' : ' BROKEN:'} ${promise}: ${measured}`)
  }

  /** It ends before its end. */
  failed(because: string): void {
    this.#write(`\n${this.#style('red', `The demo did not get to its end: ${because}`)}`)
  }

  /** What the server had to say last. */
  log(tail: string): void {
    this.#write(`\nThe end of Drover's log:\n${tail}`)
  }

  /** The table of all promises. @returns whether all were kept */
  end(): boolean {
    const broken = this.#findings.filter(({ isKept }) => !isKept).length
    const rows = this.#findings.map(({ step, promise, measured, isKept }) => ({
      cells: [step, promise, measured],
      isKept,
    }))
    const head = ['Step', 'Promise', 'Measured']
    const widths = head.map((title, column) =>
      Math.max(title.length, ...rows.map(({ cells }) => cells[column]!.length)),
    )
    const line = (cells: readonly string[]) =>
      cells.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')
    this.#write(`\n${this.#style('bold', `${line(head)}  Kept`)}`)
    for (const { cells, isKept } of rows) this.#write(`${line(cells)}  ${this.#mark(isKept)}`)
    const seconds = ((performance.now() - this.#beganAt) / 1000).toFixed(0)
    const verdict =
      broken === 0
        ? `All ${rows.length} promises were kept.`
        : `${broken} of ${rows.length} promises were broken.`
    this.#write(`\n${this.#style(broken === 0 ? 'green' : 'red', verdict)} It took ${seconds} seconds.`)
    return broken === 0
  }

  #mark(isKept: boolean): string {
    return isKept ? this.#style('green', '✓') : this.#style('red', '✗')
  }

  #style(format: 'bold' | 'dim' | 'cyan' | 'green' | 'red', text: string): string {
    return this.#hasColor ? styleText(format, text, { validateStream: false }) : text
  }
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`
}
