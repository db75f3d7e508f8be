import { styleText } from 'node:util'

type Format = Parameters<typeof styleText>[0]

/** Puts colours on text, or leaves it as it is when there shall be none. */
export interface Style {
  bold(text: string): string
  dim(text: string): string
  good(text: string): string
  bad(text: string): string
  busy(text: string): string
  /** Colours a status by what it means. */
  status(text: string): string
}

/** @param colored whether the reader is a terminal that wants colours */
export function createStyle(colored: boolean): Style {
  const paint = (format: Format) => (text: string) =>
    colored ? styleText(format, text, { validateStream: false }) : text
  const style = {
    bold: paint('bold'),
    dim: paint('dim'),
    good: paint('green'),
    bad: paint('red'),
    busy: paint('yellow'),
  }
  return {
    ...style,
    status(text) {
      if (GOOD.has(text)) return style.good(text)
      return BAD.has(text) ? style.bad(text) : style.busy(text)
    },
  }
}

const GOOD = new Set([
  'Active',
  'Running',
  'Healthy',
  'IN_SYNC',
  'Successful',
  'SUCCEEDED',
  'Updated',
  'info',
])
const BAD = new Set(['Failed', 'Critical', 'Unhealthy', 'OUT_OF_SYNC', 'FAILED', 'error'])

/**
 * Text from a server or a node, fit for a terminal: control characters, which could move the cursor or
 * change the window's title, become visible.
 */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not pass
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}
