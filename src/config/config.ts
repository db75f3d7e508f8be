import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { InvalidSpecError, messageOf } from '../domain/errors.ts'
import { editDistance } from '../domain/nearest.ts'
import { readConfigFile } from './config-file.ts'
import { defaultDataFolder } from './data-folder.ts'
import { SETTING_ENTRIES, type SettingEntry } from './entries.ts'
import { type Environment, type Host, readHost } from './environment.ts'
import type { Flags } from './flags.ts'
import { checkListen } from './listen.ts'
import type { Config } from './settings.ts'
import { checkTlsFiles } from './tls-files.ts'

/** Before the last @, for a password may have one as well. */
const URL_PASSWORD = /(\/\/[^/:@]*):.*@/

export interface ConfigSources {
  readonly flags: Flags
  readonly env: Environment
  readonly file: { readonly path: string; readonly text: string } | null
  readonly host: Omit<Host, 'env'>
}

/**
 * Settles every setting: the flag, else the variable, else the file, else the default. Pure.
 * @throws InvalidSpecError naming the setting, where its value came from and the rule it broke
 */
export function resolveConfig(sources: ConfigSources): Config {
  const { flags, env, file, host } = sources
  refuseMisspelt(env)
  refusePasswordFlag(flags)
  const fromFile = file === null ? new Map<string, unknown>() : readConfigFile(file)
  const found = (entry: SettingEntry): unknown => {
    const { name, variable, flag, setting } = entry
    const parse = (raw: unknown, source: string, folder: string) => {
      const value = setting.parse(raw, { folder })
      if (value !== undefined) return value
      const shown = setting.isSecret ? 'what is given' : JSON.stringify(raw).replace(URL_PASSWORD, '$1:***@')
      throw new InvalidSpecError(name, `${shown} (from ${source}) is not ${setting.kind}`)
    }
    if (flags[name] !== undefined && !setting.isSecret) return parse(flags[name], flag, host.folder)
    if (env[variable] !== undefined && env[variable] !== '')
      return parse(env[variable], variable, host.folder)
    if (file !== null && fromFile.has(name)) return parse(fromFile.get(name), file.path, dirname(file.path))
    return undefined
  }
  const [dataEntry] = SETTING_ENTRIES
  const data = (found(dataEntry!) ?? defaultDataFolder(env, host)) as string
  const tree: Record<string, unknown> = {}
  for (const entry of SETTING_ENTRIES) {
    const fallback = entry.setting.default
    const value = found(entry) ?? (typeof fallback === 'function' ? fallback({ data }) : fallback)
    put(tree, entry.name.split('.'), value)
  }
  const config = tree as Config
  checkTogether(config)
  return config
}

/**
 * The configuration of this program: reads the host's environment and the file that `--config` or `DROVER_CONFIG`
 * names, and looks at the TLS files.
 * @throws InvalidSpecError as {@link resolveConfig}, and when a file cannot be read
 */
export function loadConfig(
  { flags = {}, configPath }: { readonly flags?: Flags; readonly configPath?: string | undefined },
  host: Host = readHost(),
): Config {
  const named = configPath ?? host.env['DROVER_CONFIG']
  const path = named ? resolve(host.folder, named) : null
  const config = resolveConfig({
    flags,
    env: host.env,
    file: path === null ? null : { path, text: readText(path) },
    host,
  })
  checkTlsFiles(config.tls)
  return config
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new InvalidSpecError('config', `cannot be read: ${messageOf(error)}`, { cause: error })
  }
}

/**
 * A misspelt variable must not silently do nothing. Others that begin with DROVER_ are left alone: clients and
 * nodes have theirs, and Drover may well run as somebody's node.
 */
function refuseMisspelt(env: Environment): void {
  const known = [...SETTING_ENTRIES.map((entry) => entry.variable), 'DROVER_CONFIG']
  for (const name of Object.keys(env)) {
    if (!name.startsWith('DROVER_') || known.includes(name)) continue
    const meant = known.find((variable) => editDistance(name, variable) <= 2)
    if (meant) throw new InvalidSpecError(name, `no such variable; did you mean ${meant}?`)
  }
}

/** Every user of the machine can read the flags of a running program. */
function refusePasswordFlag({ database }: Flags): void {
  if (typeof database !== 'string' || !URL_PASSWORD.test(database)) return
  throw new InvalidSpecError(
    'database',
    'has a password in it, and others can read flags: give the whole URL as DROVER_DATABASE or in the settings ' +
      'file, or the password alone by --database-password-file or PGPASSFILE',
  )
}

function checkTogether(config: Config): void {
  checkListen(config)
  const { portFrom, portTo } = config.process
  if (portFrom > portTo) {
    throw new InvalidSpecError('process.portFrom', `${portFrom} must not be above process.portTo, ${portTo}`)
  }
}

function put(tree: Record<string, unknown>, steps: readonly string[], value: unknown): void {
  const [step, ...rest] = steps
  if (rest.length === 0) {
    tree[step!] = value
    return
  }
  tree[step!] ??= {}
  put(tree[step!] as Record<string, unknown>, rest, value)
}
