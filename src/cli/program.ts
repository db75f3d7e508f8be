import { Command, Option } from 'commander'
import type { Cli } from './command.ts'
import { addAccessKeyCommands } from './commands/access-key.ts'
import { addActionCommands } from './commands/action.ts'
import { addApplicationCredentialCommands } from './commands/application-credential.ts'
import { addApprovalCommands } from './commands/approval.ts'
import { addBucketCommands } from './commands/bucket.ts'
import { addBundleCommands } from './commands/bundle.ts'
import { addClusterCommands } from './commands/cluster.ts'
import { addCompletionCommand } from './commands/completion.ts'
import { addDbCommands } from './commands/db.ts'
import { addDeployCommand } from './commands/deploy.ts'
import { addDeploymentCommands } from './commands/deployment.ts'
import { addEngineCommands } from './commands/engine.ts'
import { addEnvironmentCommands } from './commands/environment.ts'
import { addEventCommands } from './commands/event.ts'
import { addGatewayCommands } from './commands/gateway.ts'
import { addGovernanceCommands } from './commands/governance.ts'
import { addIdentityCommands } from './commands/identity.ts'
import { addInfraCommands } from './commands/infra.ts'
import { addKeyCommands } from './commands/key.ts'
import { addNodeCommands } from './commands/node.ts'
import { addPolicyCommands } from './commands/policy.ts'
import { addPoolCommands } from './commands/pool.ts'
import { addProfileCommands } from './commands/profile.ts'
import { addProjectCommands } from './commands/project.ts'
import { addPublishedProjectCommands } from './commands/published-project.ts'
import { addReceiverCommands } from './commands/receiver.ts'
import { addRevisionCommands } from './commands/revision.ts'
import { addRollbackCommand } from './commands/rollback.ts'
import { addSecretsCommands } from './commands/secrets.ts'
import { addServeCommand } from './commands/serve.ts'
import { addStageCommands } from './commands/stage.ts'
import { addTokenCommands } from './commands/token.ts'
import { addUpCommand } from './commands/up.ts'
import { addUpdateCommands } from './commands/update.ts'
import { addUserCommands } from './commands/user.ts'
import { addWhoamiCommand } from './commands/whoami.ts'
import { DEFAULT_SERVER } from './connection.ts'
import { EXIT_CODE_MEANINGS } from './exit-codes.ts'
import { durationMs } from './parse.ts'

/**
 * The whole command tree. Nothing is parsed or run yet: help, completion and docs/cli.md are made from it, too.
 * @param version what `--version` prints
 */
export function createProgram(cli: Cli, version: string): Command {
  const program = new Command('drover')
    .description(
      'Runs clusters of long-running processes, and changes what they run while they keep serving.',
    )
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .configureHelp({ showGlobalOptions: true, helpWidth: helpWidth(cli) })
    .configureOutput({
      writeOut: (text) => cli.io.stdout.write(text),
      writeErr: (text) => cli.io.stderr.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showHelpAfterError('(add --help to see how it is used)')
    .exitOverride()
    .option('--server <url>', `address of the server (default: $DROVER_SERVER, else ${DEFAULT_SERVER})`)
    .option(
      '--api-key-file <file>',
      "file with the API key (default: $DROVER_API_KEY, else this machine's server's)",
    )
    .option('--project <project>', 'the project (default: $DROVER_PROJECT, else default)')
    .option('--ca-cert <file>', "PEM file with the authority of the server's certificate")
    .addOption(
      new Option('--request-timeout <duration>', 'longest silence of the server')
        .argParser(durationMs)
        .default(30_000, '30s'),
    )
    .addOption(
      new Option('-o, --output <format>', 'table for people; json or yaml for programs')
        .choices(['table', 'json', 'yaml'])
        .default('table'),
    )
    .option('--no-color', 'no colours (also: NO_COLOR=1)')
    .addHelpText('after', () => `\n${START}\n\n${exitCodes()}`)

  program.commandsGroup('Server:')
  addServeCommand(program, cli)
  addDbCommands(program, cli)
  addSecretsCommands(program, cli)
  program.commandsGroup('Clusters and what they run:')
  addUpCommand(program, cli)
  addBucketCommands(program, cli)
  addBundleCommands(program, cli)
  addProfileCommands(program, cli)
  addEnvironmentCommands(program, cli)
  addClusterCommands(program, cli)
  addPoolCommands(program, cli)
  addNodeCommands(program, cli)
  program.commandsGroup('Changing what they run:')
  addUpdateCommands(program, cli)
  addRollbackCommand(program, cli)
  addRevisionCommands(program, cli)
  addPolicyCommands(program, cli)
  addReceiverCommands(program, cli)
  program.commandsGroup('From stage to stage:')
  addDeployCommand(program, cli)
  addDeploymentCommands(program, cli)
  addPublishedProjectCommands(program, cli)
  addInfraCommands(program, cli)
  addStageCommands(program, cli)
  addApprovalCommands(program, cli)
  addGovernanceCommands(program, cli)
  program.commandsGroup('What happens and happened:')
  addActionCommands(program, cli)
  addEventCommands(program, cli)
  addEngineCommands(program, cli)
  program.commandsGroup('Access:')
  addWhoamiCommand(program, cli)
  addKeyCommands(program, cli)
  addAccessKeyCommands(program, cli)
  addProjectCommands(program, cli)
  addUserCommands(program, cli)
  addTokenCommands(program, cli)
  addApplicationCredentialCommands(program, cli)
  addIdentityCommands(program, cli)
  addGatewayCommands(program, cli)
  program.commandsGroup('This program:')
  addCompletionCommand(program, cli)
  const help = program.createCommand('help').argument('[command]').summary('show help for a command')
  program.addHelpCommand(help.helpGroup('This program:'))
  return program
}

const START = `Start here:
  drover serve
  drover bundle publish ./web --name web --bundle-version 1
  drover cluster create web --bundle web@1 --script server.js --size 3 --wait
  drover update start web --bundle web@2 --watch`

function exitCodes(): string {
  const rows = EXIT_CODE_MEANINGS.map(([code, meaning]) => `  ${String(code).padEnd(4)} ${meaning}`)
  return `Exit codes:\n${rows.join('\n')}`
}

function helpWidth({ io }: Cli): number {
  return Math.min(110, io.stdout.columns || 100)
}
