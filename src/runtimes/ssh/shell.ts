/** A word for a POSIX shell, whatever is in it. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/** Assignments of variables, one a line: `name='value'`. */
export function assign(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${quote(String(value))}\n`)
    .join('')
}

/** A command line of quoted words. */
export function words(command: readonly string[]): string {
  return command.map(quote).join(' ')
}
