import { Option } from 'commander'
import type { SettingEntry } from '../config/entries.ts'
import { collect } from './parse.ts'

/** A setting as an option. Its value is parsed where those of other sources are, so that all are refused alike. */
export function settingOption({ flag, setting }: SettingEntry): Option {
  const { placeholder, sentence, defaultText, default: value, repeatable } = setting
  const isShown = typeof value === 'number' || typeof value === 'string'
  const fallback = defaultText?.replaceAll('`', '') ?? (isShown ? String(value) : undefined)
  const text = sentence.replaceAll('`', '').replace(/\.$/, '')
  const flags = placeholder === null ? flag : `${flag} <${placeholder}>`
  const option = new Option(flags, fallback === undefined ? text : `${text} (default: ${fallback})`)
  return repeatable ? option.argParser(collect) : option
}
