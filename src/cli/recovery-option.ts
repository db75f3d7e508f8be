import { type Command, Option } from 'commander'
import { RECOVERIES, type Recovery } from '../domain/operation.ts'
import type { WaitOptions } from './wait.ts'

/** What the commands that recover nodes are given. */
export interface RecoverOptions extends WaitOptions {
  readonly operation?: Recovery
}

/** Adds `--operation`: how nodes are brought back. */
export function addRecoveryOption(command: Command): Command {
  return command.addOption(
    new Option(
      '--operation <how>',
      'REBOOT: start anew in place; REBUILD: put in place anew and start; RECREATE: remove and make again under the same id',
    ).choices(RECOVERIES),
  )
}
