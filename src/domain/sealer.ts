import { DroverError } from './errors.ts'

/**
 * Keeps texts so that whoever has the database alone cannot read them: they are encrypted with a key that is not in it.
 */
export interface Sealer {
  /**
   * @param context where the sealed text will stand, `<table>.<column>:<id>`: it can be opened there and nowhere else
   */
  seal(text: string, context: string): string
  /**
   * Gives back what was sealed. A text that never was, from before there were keys, is given back as it is.
   * @throws DroverError `secret_unreadable` when the key is not there, or the text was changed or moved
   */
  open(text: string, context: string): string
}

/** What every sealed text begins with; the version of the format follows. No JSON begins like this. */
export const SEALED_PREFIX = 'sealed:1:'

/** Whether a text is a sealed one, by its looks. */
export function isSealed(text: string): boolean {
  return text.startsWith(SEALED_PREFIX)
}

/**
 * Leaves everything as it is, for a store that was given no key: tools that copy rows without reading them.
 * @throws DroverError `secret_unreadable` when it should open something
 */
export const plainSealer: Sealer = {
  seal: (text) => text,
  open(text, context) {
    if (!isSealed(text)) return text
    throw new DroverError('secret_unreadable', `the secret at ${context} is sealed, and there is no key here`)
  },
}
