import type { Command } from 'commander'
import { addNoun, type Cli } from '../command.ts'
import { addMaintenanceCommand } from '../maintenance-command.ts'
import { showBackup, showCheck, showMove, showRestore } from './db-reports.ts'

/** `drover db`: on the data folder and the database themselves, which need no server for it. */
export function addDbCommands(program: Command, cli: Cli): void {
  const noun = addNoun(program, 'db', 'check, back up, restore and move what the server keeps')

  addMaintenanceCommand(
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

  addMaintenanceCommand(
    noun,
    cli,
    {
      usage: 'backup <folder>',
      summary: 'write a backup: a new folder with the database and all bundles',
      details:
        "May run beside a server: it is what was there at one moment. The folder is its owner's alone, for it holds " +
        "settings and the hashes of API keys. It has neither the administrator's key nor the nodes' own files, nor the key " +
        'that secrets are sealed with, without which no server can use it: keep a copy of secret.key elsewhere. The exit ' +
        'code is 3 when bytes of a bundle were missing already.',
      examples: ['db backup /backup/drover-monday', 'db backup /backup/drover --force'],
    },
    async (maintenance, output, { force = false }: { readonly force?: boolean }, to: string) =>
      showBackup(await maintenance.backup({ to, force }), output),
  ).option('--force', 'write over an older backup in that folder; over nothing else')

  addMaintenanceCommand(
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

  addMaintenanceCommand(
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
