import { homedir } from 'node:os'

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What this program was started with. The one place of the server that looks: everything else is handed it. */
export function readHost() {
  return {
    env: process.env as Environment,
    folder: process.cwd(),
    home: homedir(),
    isRoot: process.getuid?.() === 0,
  }
}

/** @see readHost */
export type Host = ReturnType<typeof readHost>

/** Only the named variables: what `process.passEnvironment` lets nodes be handed of Drover's own. */
export function pickVariables(env: Environment, names: readonly string[]): Environment {
  return Object.fromEntries(names.map((name) => [name, env[name]]))
}
