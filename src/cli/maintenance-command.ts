import type { Command } from 'commander'
import { SETTING_ENTRIES } from '../config/entries.ts'
import { toFlags } from '../config/flags.ts'
import type { Maintenance } from '../maintenance/report.ts'
import { type Cli, describe } from './command.ts'
import type { GlobalOptions } from './connection.ts'
import type { ExitCode } from './exit-codes.ts'
import { Output } from './output.ts'
import { settingOption } from './setting-option.ts'

/** What says which data folder and database are meant. */
const PLACE = ['data', 'database', 'databasePasswordFile', 'secret.keyFile']

/** Adds a command that works on the data folder and the database themselves, for which no server may or need run. */
export function addMaintenanceCommand<Options extends object, Arguments extends readonly unknown[]>(
  noun: Command,
  cli: Cli,
  description: Parameters<typeof describe>[1] & { readonly usage: string },
  action: (
    maintenance: Maintenance,
    output: Output,
    options: Options,
    ...args: Arguments
  ) => Promise<ExitCode>,
): Command {
  const command = describe(noun.command(description.usage), description)
    .option('--config <file>', 'configuration file, YAML')
    .action(async function (this: Command) {
      const args = this.processedArgs as unknown as Arguments
      const options = this.optsWithGlobals<Options & GlobalOptions & { readonly config?: string }>()
      const place = {
        flags: toFlags(this.optsWithGlobals<Record<string, unknown>>()),
        configPath: options.config,
      }
      await cli.maintain(place, (maintenance) =>
        action(maintenance, new Output(cli.io, options), options, ...args),
      )
    })
  for (const entry of SETTING_ENTRIES) if (PLACE.includes(entry.name)) command.addOption(settingOption(entry))
  return command
}
