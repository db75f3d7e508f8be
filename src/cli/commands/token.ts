import type { Command } from 'commander'
import { UsageError } from '../cli-error.ts'
import { addCommand, addNoun, type Cli } from '../command.ts'
import type { TokenResource } from '../resources.ts'
import { readSecret, saveSecret } from '../secrets.ts'

interface IssueOptions {
  readonly user?: string
  readonly passwordFile?: string
  readonly applicationCredential?: string
  readonly secretFile?: string
  readonly everywhere?: boolean
  readonly saveTo?: string
}

/** `drover token`: issue, revoke. */
export function addTokenCommands(program: Command, cli: Cli): void {
  const noun = addNoun(program, 'token', "users' logins")

  addCommand(
    noun,
    cli,
    {
      usage: 'issue',
      summary: 'log in as a user; the token is shown this once',
      details:
        'It is for the current project, and does wherever an API key does: DROVER_API_KEY or --api-key-file. ' +
        'A password that is in no file is asked for.',
      examples: [
        'token issue --user ada --project demo --save-to ada.token',
        'token issue --user ada --password-file ada.password --everywhere',
        'token issue --application-credential 019aa0e2-7b1c-7000-8000-000000000001 --secret-file ci.secret',
      ],
    },
    async (session, options: IssueOptions) => {
      const { user, applicationCredential } = options
      if (user === undefined && applicationCredential === undefined) {
        throw new UsageError('give --user or --application-credential')
      }
      const project = options.everywhere ? undefined : session.client.connection.project
      const proof =
        applicationCredential === undefined
          ? {
              password: await readSecret(session, options.passwordFile, {
                option: '--password-file',
                prompt: `Password of ${user}`,
              }),
              project,
            }
          : {
              applicationCredential,
              secret: await readSecret(session, options.secretFile, {
                option: '--secret-file',
                prompt: `Secret of ${applicationCredential}`,
              }),
            }
      const issued = await session.client.post<{ token: TokenResource; secret: string }>('/api/v1/tokens', {
        user,
        ...proof,
      })
      const { token, secret } = issued
      const where = token.project === null ? 'all its projects' : `project ${token.project.name}`
      const done = `user ${token.user.name} is logged in for ${where}, until ${token.expiresAt}`
      if (options.saveTo !== undefined) {
        saveSecret(options.saveTo, secret, 'the token is lost; it ends by itself')
        return session.output.result({ token }, `${done}; the token is saved to ${options.saveTo}`)
      }
      session.output.result(issued, secret)
      session.output.note(done)
    },
  )
    .option('--user <user>', 'who logs in, or whose application credential it is')
    .option('--password-file <file>', 'file whose first line is the password; - for standard input')
    .option('--application-credential <id>', 'log in by it; its name does, too, with --user')
    .option('--secret-file <file>', 'file whose first line is its secret; - for standard input')
    .option('--everywhere', 'for all projects that the user has a role in, not one')
    .option('--save-to <file>', 'write it to a new file that only you can read, instead of showing it')

  addCommand(
    noun,
    cli,
    {
      usage: 'revoke',
      summary: 'end a login',
      details: 'A token that is in no file is asked for.',
      examples: ['token revoke --token-file ada.token', 'token revoke'],
    },
    async (session, options: { readonly tokenFile?: string }) => {
      const secret = await readSecret(session, options.tokenFile, { option: '--token-file', prompt: 'Token' })
      const token = await session.client.post<TokenResource>('/api/v1/tokens/revoke', { token: secret })
      session.output.result(token, `the login of user ${token.user.name} is ended`)
    },
  ).option('--token-file <file>', 'file whose first line is the token; - for standard input')
}
