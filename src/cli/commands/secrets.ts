import type { Command } from 'commander'
import type { RotationReport } from '../../maintenance/report.ts'
import { addNoun, type Cli } from '../command.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { addMaintenanceCommand } from '../maintenance-command.ts'
import type { Output } from '../output.ts'

/** `drover secrets`: on the keys and the database themselves, without a server. */
export function addSecretsCommands(program: Command, cli: Cli): void {
  const noun = addNoun(program, 'secrets', 'the key that secrets in the database are sealed with')

  addMaintenanceCommand(
    noun,
    cli,
    {
      usage: 'rotate',
      summary: 'seal every secret with a new key',
      details:
        'Stop all servers first. With a key file, the new key is made and put into it, and the old one goes when nothing is ' +
        'sealed by it any more. With DROVER_SECRET_KEY, put the new key in front of the old one, run this, and take the old ' +
        'one out. When it is interrupted or killed, run it again; servers can start meanwhile. Backups from before need ' +
        'the old key: keep it with them.',
      examples: ['secrets rotate', 'secrets rotate --data /var/lib/drover'],
    },
    async (maintenance, output) => showRotation(await maintenance.rotateSecrets(), output),
  )
}

function showRotation(report: RotationReport, output: Output): ExitCode {
  const { keyId, retired, sealed, source } = report
  output.result(
    report,
    `Every secret is sealed by key ${keyId} (${source}); ${sealed} rows were sealed anew.`,
  )
  if (retired.length > 0) {
    output.note(
      `${retired.join(', ')} is needed no longer, but for backups from before; keep a copy of the new key`,
    )
  }
  return EXIT.ok
}
