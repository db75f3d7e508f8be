import { SETTING_ENTRIES, type SettingEntry } from './entries.ts'

/** docs/config.md: every setting with its names, default and sentence. */
export function describeSettings(): string {
  return [
    '# Settings',
    '',
    'Each setting can be given as a flag of `drover serve`, as an environment variable, or in a YAML file named by',
    '`--config` (or `DROVER_CONFIG`). The flag wins over the variable, the variable over the file, the file over the',
    'default. In the file, dots are levels:',
    '',
    '```yaml',
    'listen: 127.0.0.1:7717',
    'engine:',
    '  maxOperations: 128',
    '```',
    '',
    'A name that is no setting is refused, with the nearest one that is. Relative paths begin at the file that has',
    'them, else at the working directory.',
    '',
    ...SETTING_ENTRIES.flatMap(describe),
  ].join('\n')
}

function describe({ name, variable, flag, setting }: SettingEntry): string[] {
  const flagText = setting.placeholder === null ? flag : `${flag} <${setting.placeholder}>`
  const unit = setting.unit === null ? '' : `, in ${setting.unit}`
  return [
    `### ${name}`,
    '',
    setting.sentence,
    '',
    `- Value: ${setting.kind}${unit}`,
    `- Default: ${defaultOf(setting)}`,
    setting.isSecret
      ? `- \`${variable}\`; no flag, which others could read`
      : `- \`${variable}\` · \`${flagText}\``,
    '',
  ]
}

function defaultOf(setting: SettingEntry['setting']): string {
  if (setting.defaultText !== null) return setting.defaultText
  if (setting.default === null) return 'none'
  return `\`${typeof setting.default === 'string' ? setting.default : JSON.stringify(setting.default)}\``
}
