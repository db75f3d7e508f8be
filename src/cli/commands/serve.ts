import type { Command } from 'commander'
import { SETTING_ENTRIES } from '../../config/entries.ts'
import { toFlags } from '../../config/flags.ts'
import { type Cli, describe } from '../command.ts'
import { settingOption } from '../setting-option.ts'

/** `drover serve`: the server itself, which the caller brings. Every setting is an option. */
export function addServeCommand(program: Command, cli: Cli): void {
  const command = describe(program.command('serve'), {
    summary: 'run the server: the API, the engine and the console in one program',
    details:
      'Everything is kept in the data folder. At the first start it makes a project "default" and an administrator\'s ' +
      'API key, in <data>/admin.key, where the other commands find it. Stopping the server stops no node.\n\n' +
      'Each option can be given as an environment variable or in a configuration file, too: see docs/config.md.',
    examples: [
      'serve',
      'serve --data ./drover-data --listen 127.0.0.1:7718',
      'serve --listen 0.0.0.0:7717 --tls-cert cert.pem --tls-key key.pem',
      'serve --simulate',
    ],
  })
    .option('--config <file>', 'configuration file, YAML')
    .option(
      '--simulate',
      'also offer nodes that only pretend, to try things out: profile types scripted, os.nova.server, …',
    )
    .option('--reset-admin-key', "make a new administrator's key and revoke the old one")
    .action((options: ServeCommandOptions) =>
      cli.serve({
        flags: toFlags(options),
        configPath: options.config,
        simulate: options.simulate === true,
        resetAdminKey: options.resetAdminKey === true,
      }),
    )
  for (const entry of SETTING_ENTRIES) if (!entry.setting.isSecret) command.addOption(settingOption(entry))
}

interface ServeCommandOptions extends Readonly<Record<string, unknown>> {
  readonly config?: string
  readonly simulate?: boolean
  readonly resetAdminKey?: boolean
}
