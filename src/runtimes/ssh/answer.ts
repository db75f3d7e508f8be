/** What a script said, line by line: `@drover:<name> <value>`. Whatever else a host prints is not ours. */
export class Answer {
  readonly #lines = new Map<string, string[]>()

  /** @param line of standard output, without its end */
  add(line: string): void {
    const [, name, value = ''] = /^@drover:(\S+)(?: (.*))?$/s.exec(line) ?? []
    if (name === undefined) return
    const lines = this.#lines.get(name)
    if (lines) lines.push(value)
    else this.#lines.set(name, [value])
  }

  all(name: string): readonly string[] {
    return this.#lines.get(name) ?? []
  }

  first(name: string): string | undefined {
    return this.#lines.get(name)?.[0]
  }

  /** Whether the script came to its end. */
  get isWhole(): boolean {
    return this.#lines.has('end')
  }
}

/** `code words words` of an answer's error line. */
export function errorOf(answer: Answer): { readonly code: string; readonly text: string } | null {
  const line = answer.first('error')
  if (line === undefined) return null
  const space = line.indexOf(' ')
  return space < 0 ? { code: line, text: '' } : { code: line.slice(0, space), text: line.slice(space + 1) }
}
