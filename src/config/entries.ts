import type { Setting } from './setting.ts'
import { SETTINGS, type SettingTree } from './settings.ts'

/** A setting with the names by which each source knows it. */
export interface SettingEntry {
  /** In the file and in messages: `engine.leaseSeconds`. */
  readonly name: string
  /** `DROVER_ENGINE_LEASE_SECONDS` */
  readonly variable: string
  /** `--engine-lease-seconds` */
  readonly flag: string
  readonly setting: Setting<unknown>
}

/** All settings, in the order of their declaration. */
export const SETTING_ENTRIES: readonly SettingEntry[] = listEntries(SETTINGS, '')

function listEntries(tree: SettingTree, prefix: string): SettingEntry[] {
  return Object.entries(tree).flatMap(([key, value]) => {
    const name = `${prefix}${key}`
    if (!isSetting(value)) return listEntries(value, `${name}.`)
    const words = name.replaceAll('.', '-').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    const variable = `DROVER_${words.replaceAll('-', '_').toUpperCase()}`
    return [{ name, variable, flag: `--${words}`, setting: value }]
  })
}

function isSetting(value: Setting<unknown> | SettingTree): value is Setting<unknown> {
  return typeof value['parse'] === 'function'
}
