import { Argument, type Command } from 'commander'
import { type Cli, describe } from '../command.ts'
import { completionScript, SHELLS, type Shell } from '../completion.ts'

/** `drover completion`: the script that makes a shell complete drover's commands. */
export function addCompletionCommand(program: Command, cli: Cli): void {
  describe(program.command('completion'), {
    summary: 'print a script that makes your shell complete commands and options',
    examples: [
      'completion bash > ~/.local/share/bash-completion/completions/drover',
      'completion zsh > "$' + '{fpath[1]}/_drover"',
      'completion fish > ~/.config/fish/completions/drover.fish',
    ],
  })
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .action((shell: Shell) => {
      cli.io.stdout.write(completionScript(program, shell))
    })
}
