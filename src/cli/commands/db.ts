import type { Command } from 'commander'
import { SETTING_ENTRIES } from '../../config/entries.ts'
import { toFlags } from '../../config/flags.ts'
import type { Maintenance } from '../../maintenance/report.ts'
import { addNoun, type Cli, describe } from '../command.ts'
import type { GlobalOptions } from '../connection.ts'
import type { ExitCode } from '../exit-codes.ts'
import { Output } from '../output.ts'
import { settingOption } from '../setting-option.ts'
import { showBackup, showCheck, showMove, showRestore } from './db-reports.ts'

/** `drover db`: on the data folder and the database themselves, which need no server for it. */
export function addDbCommands(program: Command, cli: Cli): void {
  const noun = addNoun(program, 'db', 'check, back up, restore and move what the server keeps')

  addDbCommand(
    noun,
    cli,
    {
      usage: 'check',
      summary: 'look whether the database and the files beside it are sound',
      details:
        'Changes nothing, and may run beside a server. It reads every byte of the database and of the bundles. The exit ' +
        'code is 3 when there is a problem; notes do not count.',
      examples: ['db check', 'db check --data /var/lib/drover -o json'],
    },
    async (maintenance, output) => showCheck(await maintenance.check(), output),
  )

  addDbCommand(
    noun,
    cli,
    {
      usage: 'backup <folder>',
      summary: 'write a backup: a new folder with the database and all bundles',
      details:
        "May run beside a server: it is what was there at one moment. The folder is its owner's alone, for it holds " +
        "settings and the hashes of API keys; it has neither the administrator's key nor the nodes' own files. The " +
        'exit code is 3 when bytes of a bundle were missing already.',
      examples: ['db backup /backup/drover-monday', 'db backup /backup/drover --force'],
    },
    async (maintenance, output, { force = false }: { readonly force?: boolean }, to: string) =>
      showBackup(await maintenance.backup({ to, force }), output),
  ).option('--force', 'write over an older backup in that folder; over nothing else')

  addDbCommand(
    noun,
    cli,
    {
      usage: 'restore <backup>',
      summary: 'put a backup where no database is yet',
      details:
        'Refuses to write over a database, and to begin while a server runs on the data folder. Everything is ' +
        "compared with the backup's digests first. Into PostgreSQL: give the URL of an empty database.",
      examples: [
        'db restore /backup/drover-monday --data /var/lib/drover',
        'db restore /backup/drover --database postgres://drover@db.example/drover --database-password-file pw',
      ],
    },
    async (maintenance, output, _options, from: string) =>
      showRestore(await maintenance.restore({ from }), output),
  )

  addDbCommand(
    noun,
    cli,
    {
      usage: 'move',
      summary: 'copy everything to another database: from SQLite to PostgreSQL, or back',
      details:
        'Stop all servers first. The other database must be empty; it gets everything in one transaction, and is read ' +
        'back and compared before that commits. The one it comes from stays as it is. Bundles and node files stay in ' +
        'the data folder.',
      examples: [
        'db move --to postgres://drover@db.example/drover --to-password-file pw',
        'db move --database postgres://drover@db.example/drover --to /var/lib/drover/drover.db',
      ],
    },
    async (maintenance, output, options: { readonly to: string; readonly toPasswordFile?: string }) =>
      showMove(await maintenance.move({ to: options.to, toPasswordFile: options.toPasswordFile }), output),
  )
    .requiredOption(
      '--to <path|url>',
      'the other database: an SQLite file, or a PostgreSQL URL without password',
    )
    .option(
      '--to-password-file <file>',
      "file whose first line is that database's password (default: databasePasswordFile, or PGPASSFILE)",
    )
}

/** What says which data folder and database are meant. */
const PLACE = ['data', 'database', 'databasePasswordFile']

function addDbCommand<Options extends object, Arguments extends readonly unknown[]>(
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
