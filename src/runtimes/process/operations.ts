import { existsSync } from 'node:fs'
import { RuntimeFailedError } from '../../domain/errors.ts'
import type { Operations } from '../../domain/operation.ts'
import type { NodeRef, OperationRequest, RuntimeContext } from '../runtime.ts'
import { isAlive, sendToGroup, sendToLeader } from './groups.ts'
import type { Deps } from './placement.ts'
import { launchesIn, readPidRecord } from './run-state.ts'
import { raiseTerm } from './term.ts'
import { foldersOf } from './translate.ts'

/** Those that programs give a meaning of their own to. What ends a process is asked for by stopping it. */
const SIGNALS = ['HUP', 'USR1', 'USR2', 'WINCH'] as const

/** What can be done to a running process beyond starting, stopping and replacing it. */
export const operations: Operations = {
  signal: {
    description:
      'Sends the process a signal, by which many read their settings anew or begin a new log file.',
    parameters: {
      signal: {
        type: 'String',
        description: 'Which one. A process that does not expect it may end by it.',
        default: 'HUP',
        allowed: SIGNALS,
      },
      to: {
        type: 'String',
        description: 'PROCESS: the one that was started; GROUP: all that it started, too.',
        default: 'PROCESS',
        allowed: ['PROCESS', 'GROUP'],
      },
    },
  },
}

/** {@link PerformsOperations.perform}. Repeated after a crash, the signal may be sent twice. */
export async function perform(
  deps: Deps,
  ctx: RuntimeContext,
  node: NodeRef,
  { name, params }: OperationRequest,
): Promise<void> {
  ctx.signal.throwIfAborted()
  if (name !== 'signal') throw new RuntimeFailedError(`a process knows no operation "${name}"`)
  const folders = foldersOf(deps.root, node.id)
  if (existsSync(folders.node)) raiseTerm(ctx, node, folders)
  const record = launchesIn(folders.run)
    .map((launch) => readPidRecord(folders.run, launch))
    .find((found) => found !== null && isAlive(deps.table, found))
  if (!record) throw new RuntimeFailedError(`nothing of node ${node.name} runs that could be sent a signal`)
  const signal = `SIG${params['signal']}` as NodeJS.Signals
  if (params['to'] === 'GROUP') sendToGroup(deps.table, record, signal)
  else sendToLeader(record, signal)
}
