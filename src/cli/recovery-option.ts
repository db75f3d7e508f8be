import { type Command, Option } from 'commander'
import { RECOVERIES, type Recovery } from '../domain/operation.ts'
import type { WaitOptions } from './wait.ts'

/** What the commands that recover nodes are given. */
export interface RecoverOptions extends WaitOptions {
  readonly operation?: Recovery
  readonly check?: boolean
}

/** Adds `--operation` and `--check`: how nodes are brought back, and which. */
export function addRecoveryOption(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--operation <how>',
        'REBOOT: start anew in place; REBUILD: put in place anew and start; RECREATE: remove and make again under the same id',
      ).choices(RECOVERIES),
    )
    .option('--check', 'look at each node first, and leave those alone that serve')
}
