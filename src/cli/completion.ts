import type { Command } from 'commander'

/** The shells there are completion scripts for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** The script that makes a shell complete the tree's commands and options, and file names elsewhere. */
export function completionScript(program: Command, shell: Shell): string {
  const places = listPlaces(program)
  if (shell === 'bash') return bashScript(places)
  return shell === 'zsh' ? zshScript(places) : fishScript(places)
}

/** A place in the tree: the words typed so far, and what may come next. */
interface Place {
  /** `` at the top, else ` cluster create`: each word with a space before it. */
  readonly line: string
  readonly commands: readonly Word[]
  readonly options: readonly (Word & {
    readonly short: string | undefined
    readonly choices: readonly string[]
    readonly takesValue: boolean
  })[]
}

interface Word {
  readonly word: string
  readonly summary: string
}

function listPlaces(program: Command): readonly Place[] {
  const globals = program.options.filter((option) => option.attributeName() !== 'version')
  // An option of its own may take the place of a global one.
  const optionsOf = (command: Command) => {
    const own = command === program ? [] : command.options
    return [...own, ...globals.filter(({ long }) => !own.some((option) => option.long === long))]
  }
  const visit = (command: Command, line: string): Place[] => [
    {
      line,
      commands: command.commands.map((child) => ({ word: child.name(), summary: child.summary() })),
      options: optionsOf(command).map((option) => ({
        word: option.long!,
        short: option.short,
        summary: option.description,
        choices: option.argChoices ?? [],
        takesValue: option.required || option.optional,
      })),
    },
    ...command.commands.flatMap((child) => visit(child, `${line} ${child.name()}`)),
  ]
  return visit(program, '')
}

function knownLines(places: readonly Place[]): readonly string[] {
  return places.map(({ line }) => line).filter((line) => line !== '')
}

function bashScript(places: readonly Place[]): string {
  const choices = new Map(
    places.flatMap(({ options }) =>
      options.filter((option) => option.choices.length > 0).map((option) => [option.word, option.choices]),
    ),
  )
  return `# drover completion for bash
_drover() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}" line="" words="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$line \${COMP_WORDS[i]}" in
      ${knownLines(places).map(quote).join('|')}) line="$line \${COMP_WORDS[i]}" ;;
    esac
  done
  COMPREPLY=()
  case "$previous" in
${[...choices].map(([option, values]) => `    ${option}) words=${quote(values.join(' '))} ;;`).join('\n')}
    *)
      case "$line" in
${places.map((place) => `        ${quote(place.line)}) words=${quote([...place.commands.map(({ word }) => word), ...place.options.map(({ word }) => word)].join(' '))} ;;`).join('\n')}
      esac
      # Options only once they are asked for, so that names of files come up where a command has arguments.
      if [[ "$current" != -* ]]; then
        local commands="" word
        for word in $words; do [[ "$word" == -* ]] || commands="$commands $word"; done
        words="$commands"
      fi
      ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -F _drover drover
`
}

function zshScript(places: readonly Place[]): string {
  const entry = ({ word, summary }: Word) => quote(`${word}:${summary.replaceAll(':', ' -')}`)
  return `#compdef drover
# drover completion for zsh
_drover() {
  local line="" i
  local -a commands options
  for ((i = 2; i < CURRENT; i++)); do
    case "$line \${words[i]}" in
      (${knownLines(places).map(quote).join('|')}) line="$line \${words[i]}" ;;
    esac
  done
  case "$line" in
${places
  .map(
    (place) =>
      `    (${quote(place.line)})\n      commands=(${place.commands.map(entry).join(' ')})\n      options=(${place.options.map(entry).join(' ')})\n      ;;`,
  )
  .join('\n')}
  esac
  if [[ "\${words[CURRENT]}" == -* ]]; then
    _describe -o option options
  elif (( \${#commands} )); then
    _describe command commands
  else
    _files
  fi
}
if [[ "\${funcstack[1]}" == _drover ]]; then
  _drover "$@"
else
  compdef _drover drover
fi
`
}

function fishScript(places: readonly Place[]): string {
  const lines = places.flatMap((place) => {
    const at = `complete -c drover -n ${fishQuote(`__drover_at ${fishQuote(place.line)}`)}`
    return [
      ...place.commands.map(({ word, summary }) => `${at} -f -a ${word} -d ${fishQuote(summary)}`),
      ...place.options.map((option) => {
        const short = option.short === undefined ? '' : ` -s ${option.short.slice(1)}`
        const value = option.takesValue ? ' -r' : ''
        const choices = option.choices.length === 0 ? '' : ` -f -a ${fishQuote(option.choices.join(' '))}`
        return `${at}${short} -l ${option.word.slice(2)}${value}${choices} -d ${fishQuote(option.summary)}`
      }),
    ]
  })
  return `# drover completion for fish
function __drover_at
  set -l known ${knownLines(places).map(fishQuote).join(' ')}
  set -l line ''
  for word in (commandline -opc)[2..-1]
    if contains -- "$line $word" $known
      set line "$line $word"
    end
  end
  test "$line" = "$argv[1]"
end
${lines.join('\n')}
`
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

function fishQuote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
