import { PassThrough } from 'node:stream'
import type { Command } from 'commander'
import { systemClock } from '../system/clock.ts'
import { type Cli, examplesOf } from './command.ts'
import { EXIT_CODE_MEANINGS } from './exit-codes.ts'
import { createProgram } from './program.ts'

/** The text of docs/cli.md, made from the command tree. The same everywhere, whoever runs it. */
export function cliReference(): string {
  const program = createProgram(printsNothing(), '')
  return `${[
    '# The drover command',
    'This page is generated from the program (`npm run generate`); what it says is also in `drover <command> --help`.',
    'Every command but `serve`, `db` and `completion` is a client of the REST API, and does nothing that the API cannot.',
    '## Options of every command',
    optionTable(program),
    CONNECTION,
    '## Output',
    OUTPUT,
    '## Exit codes',
    [
      '| code | meaning |',
      '|---|---|',
      ...EXIT_CODE_MEANINGS.map(([code, text]) => `| ${code} | ${text} |`),
    ].join('\n'),
    '## Commands',
    ...program.commands.map((command) => commandText(command, 'drover')),
  ].join('\n\n')}\n`
}

const CONNECTION = `The API key is looked for in this order: \`--api-key-file\`, \`DROVER_API_KEY\`, and, if the server is on this
machine, the administrator's key that \`drover serve\` wrote to \`admin.key\` in its data folder (\`DROVER_DATA\`, or
the usual one: see \`data\` in [config.md](config.md)). Durations are written like \`500ms\`, \`30s\`, \`10m\`, \`2h\`, \`30d\`.`

const OUTPUT = `\`-o table\`, the default, is for people: its columns and sentences may change. \`-o json\` and \`-o yaml\` print the
resources as the REST API gives them, and nothing else, on standard output; lists are \`{ items, nextCursor }\`, and
what goes on for a time (\`watch\`) prints one JSON object a line. Notes, progress and errors go to standard error.
Requests that the server asks to repeat (429, 503) are repeated; an idempotency key makes that safe.`

function commandText(command: Command, parent: string): string {
  const name = `${parent} ${command.name()}`
  if (command.commands.length > 0) {
    const children = command.commands.map((child) => commandText(child, name))
    return [`### ${name}`, sentence(command.summary()), ...children].join('\n\n')
  }
  const heading = parent === 'drover' ? '###' : '####'
  const words = command.registeredArguments.map((argument) => {
    const dots = argument.variadic ? '...' : ''
    return argument.required ? ` <${argument.name()}${dots}>` : ` [${argument.name()}${dots}]`
  })
  return [
    `${heading} ${name}`,
    `\`${name}${words.join('')}\``,
    command.description().split('\n\n').map(sentence).join('\n\n'),
    command.options.length === 0 ? '' : optionTable(command),
    ['```sh', ...examplesOf(command), '```'].join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function optionTable(command: Command): string {
  const rows = command.options.map((option) => {
    const choices = option.argChoices === undefined ? '' : ` (${option.argChoices.join(', ')})`
    const shown =
      option.defaultValueDescription ??
      (typeof option.defaultValue === 'boolean' ? undefined : option.defaultValue)
    const fallback = shown === undefined ? '' : ` (default: ${shown})`
    return `| \`${option.flags.replaceAll('|', '\\|')}\` | ${(option.description + choices + fallback).replaceAll('|', '\\|')} |`
  })
  return ['| option | meaning |', '|---|---|', ...rows].join('\n')
}

function sentence(text: string): string {
  const first = text.slice(0, 1).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(first) ? first : `${first}.`
}

function printsNothing(): Cli {
  const io = {
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    env: {},
    clock: systemClock,
    isRoot: false,
    homeFolder: '',
    onInterrupt: () => () => {},
  }
  return { io, run: async () => {}, serve: async () => {}, maintain: async () => {} }
}
