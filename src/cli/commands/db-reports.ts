import type { BackupReport, CheckReport, MoveReport, RestoreReport } from '../../maintenance/report.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { printable } from '../style.ts'

const MIB = 1024 * 1024

/** Each prints what became of one `drover db` command, and answers with its exit code. */
export function showCheck(report: CheckReport, output: Output): ExitCode {
  const exitCode = report.sound ? EXIT.ok : EXIT.failed
  if (output.format !== 'table') {
    output.data(report)
    return exitCode
  }
  const { style } = output
  output.fields(report, [
    ['database', report.database],
    ['data folder', report.dataFolder],
    ['schema', report.schema],
    ['rows', listRows(report.rows)],
  ])
  for (const { severity, what, remedy } of report.findings) {
    output.say(`\n${severity === 'problem' ? style.bad('problem:') : 'note:'} ${printable(what)}`)
    output.say(`  ${style.dim('what to do:')} ${printable(remedy)}`)
  }
  const problems = report.findings.filter(({ severity }) => severity === 'problem').length
  output.say(
    report.sound ? `\n${style.good('Sound.')}` : `\n${style.bad(`${count(problems, 'problem')} found.`)}`,
  )
  return exitCode
}

export function showBackup(report: BackupReport, output: Output): ExitCode {
  const size = `${(report.sizeBytes / MIB).toFixed(1)} MiB`
  output.result(
    report,
    `Backed up ${report.database} with ${count(report.bundles, 'bundle')} to ${report.folder} (${size}).`,
  )
  return showMissing(report.missingBundles, output)
}

export function showRestore(report: RestoreReport, output: Output): ExitCode {
  output.result(
    report,
    `Restored ${report.database} as it was at ${report.takenAt} (${listRows(report.rows)}), and ${count(report.bundles, 'bundle')}.`,
  )
  output.say('Now: "drover db check", then "drover serve".')
  if (!report.hasSecretKey) {
    output.say(
      `A backup has no key of the secrets in it: before you start a server, put yours into ${report.dataFolder}/secret.key, ` +
        'or give it as DROVER_SECRET_KEY.',
    )
  }
  if (!report.hasAdminKey) {
    output.say(
      `A backup has no administrator's key: put yours into ${report.dataFolder}/admin.key, or make another one with ` +
        '"drover serve --reset-admin-key".',
    )
  }
  return showMissing(report.missingBundles, output)
}

export function showMove(report: MoveReport, output: Output): ExitCode {
  if (output.format !== 'table') {
    output.data(report)
    return EXIT.ok
  }
  output.table(report.tables, [
    ['TABLE', ({ table }) => table],
    ['ROWS', ({ rows }) => rows],
    ['SHA-256', ({ checksum }) => checksum.slice(0, 16)],
  ])
  const lines = Object.entries(report.settings).map(([name, value]) => `  ${name}: ${value}`)
  output.say(`\nMoved ${report.from} to ${report.to}; read back, every table is the same.`)
  output.say(
    lines.length === 0
      ? 'The server finds it by itself: take "database" out of its settings.'
      : `Put this into the settings file (--config) of each server:\n${lines.join('\n')}`,
  )
  output.say(
    `Keep the data folder, ${report.dataFolder}: bundles and node files are there. ${report.from} was not changed; ` +
      'when all is well, put it away, so that nobody starts a server on it.',
  )
  return EXIT.ok
}

function showMissing(digests: readonly string[], output: Output): ExitCode {
  if (digests.length === 0) return EXIT.ok
  output.note(
    `warning: the bytes of ${count(digests.length, 'bundle')} were missing or damaged and are not in the backup; ` +
      '"drover db check" names them and says what to do',
  )
  return EXIT.failed
}

function listRows(rows: Readonly<Record<string, number>>): string {
  const shown = ['projects', 'clusters', 'nodes', 'revisions', 'updates', 'actions', 'events']
  return shown.flatMap((table) => (rows[table] === undefined ? [] : [`${rows[table]} ${table}`])).join(', ')
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
