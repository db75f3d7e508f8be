import type { Command } from 'commander'
import { addCommand, addNoun, type Cli } from '../command.ts'
import type { EngineResource } from '../resources.ts'

/** `drover engine`: list. */
export function addEngineCommands(program: Command, cli: Cli): void {
  const noun = addNoun(program, 'engine', 'the workers that carry actions out')

  addCommand(
    noun,
    cli,
    {
      usage: 'list',
      summary: 'list engines and their heartbeats',
      examples: ['engine list', 'engine list -o json'],
    },
    async (session) => {
      const page = await session.list<EngineResource>('/api/v1/engines', {}, {})
      session.output.page(
        page,
        [
          ['HOST', (engine) => engine.host],
          ['PID', (engine) => engine.pid],
          ['VERSION', (engine) => engine.version],
          ['STARTED', (engine, output) => output.ago(engine.startedAt)],
          ['HEARTBEAT', (engine, output) => output.ago(engine.heartbeatAt)],
          ['ID', (engine) => engine.id],
        ],
        'No engine is running; nothing will be carried out until one is.',
      )
    },
  )
}
