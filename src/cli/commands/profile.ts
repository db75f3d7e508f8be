import type { Command } from 'commander'
import type { JsonObject } from '../../domain/ids.ts'
import { UsageError } from '../cli-error.ts'
import { addCommand, addListOptions, addNoun, addYesOption, type Cli } from '../command.ts'
import { collectPairs, type Pair, pairsToObject, readObjectFile } from '../parse.ts'
import type { ProfileResource } from '../resources.ts'
import type { ListOptions } from '../session.ts'

interface ProfileOptions {
  readonly type?: string
  readonly typeVersion?: string
  readonly property?: readonly Pair[]
  readonly file?: string
}

interface ProfileTypeResource {
  readonly type: string
  readonly versions: readonly string[]
  readonly propertiesSchema: JsonObject
}

/** `drover profile`: create, list, show, delete, validate, types. */
export function addProfileCommands(program: Command, cli: Cli): void {
  const noun = addNoun(program, 'profile', 'what a node is: a type (process, …) and its properties')

  addProfileOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'create <name>',
        summary: 'create a profile',
        details:
          'Properties come from --file (YAML or JSON), from --property, or both. What properties a type has: drover profile types.',
        examples: [
          'profile create web --type process --property port=true',
          'profile create web --file profile.yaml',
          `profile create web --type process --property 'healthCheck={"type":"http","path":"/healthz"}'`,
        ],
      },
      async (session, options: ProfileOptions, name: string) => {
        const body = { name, ...profileInput(options) }
        const profile = await session.client.post<ProfileResource>(session.inProject`/profiles`, body)
        session.output.result(
          profile,
          `profile ${profile.name} (${profile.type} ${profile.version}) is created`,
        )
      },
    ),
  )

  addProfileOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'validate',
        summary: 'check a profile without creating it',
        examples: [
          'profile validate --file profile.yaml',
          'profile validate --type process --property port=true',
        ],
      },
      async (session, options: ProfileOptions) => {
        const valid = await session.client.post<object>(
          session.inProject`/profiles/validate`,
          profileInput(options),
        )
        session.output.result(valid, `the profile is valid:\n${JSON.stringify(valid, null, 2)}`)
      },
    ),
  )

  addListOptions(
    addCommand(
      noun,
      cli,
      { usage: 'list', summary: 'list profiles', examples: ['profile list', 'profile list --type process'] },
      async (session, options: ListOptions & { readonly type?: string }) => {
        const page = await session.list<ProfileResource>(
          session.inProject`/profiles`,
          { type: options.type },
          options,
        )
        session.output.page(
          page,
          [
            ['NAME', (profile) => profile.name],
            ['TYPE', (profile) => `${profile.type} ${profile.version}`],
            ['CREATED', (profile, output) => output.ago(profile.createdAt)],
            ['ID', (profile) => profile.id],
          ],
          'No profiles yet. Create one with: drover profile create <name> --type process',
        )
      },
    ).option('--type <type>', 'only profiles of this type'),
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'show <profile>',
      summary: 'show a profile',
      examples: ['profile show web', 'profile show web -o yaml'],
    },
    async (session, _options: object, ref: string) => {
      const profile = await session.client.get<ProfileResource>(session.inProject`/profiles/${ref}`)
      session.output.fields(profile, [
        ['Profile', profile.name],
        ['Id', profile.id],
        ['Type', `${profile.type} ${profile.version}`],
        ['Created', session.output.ago(profile.createdAt)],
        ['Properties', JSON.stringify(profile.properties, null, 2)],
      ])
    },
  )

  addYesOption(
    addCommand(
      noun,
      cli,
      {
        usage: 'delete <profile>',
        summary: 'delete a profile that no revision needs any more',
        examples: ['profile delete web', 'profile delete web --yes'],
      },
      async (session, options: { readonly yes?: boolean }, ref: string) => {
        await session.confirm(options, () => `Delete profile ${ref}?`)
        const profile = await session.client.delete<ProfileResource | undefined>(
          session.inProject`/profiles/${ref}`,
        )
        session.output.result(profile ?? null, `profile ${ref} is deleted`)
      },
    ),
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'types',
      summary: 'list the types there are; with -o json or yaml, the schemas of their properties',
      examples: ['profile types', 'profile types -o yaml'],
    },
    async (session) => {
      const page = await session.list<ProfileTypeResource>(session.inProject`/profile-types`, {}, {})
      session.output.page(
        page,
        [
          ['TYPE', (type) => type.type],
          ['VERSIONS', (type) => type.versions.join(', ')],
          [
            'PROPERTIES',
            (type) =>
              Object.keys((type.propertiesSchema['properties'] as object | undefined) ?? {}).join(', '),
          ],
        ],
        'This server has no profile types.',
      )
    },
  )
}

function addProfileOptions(command: Command): Command {
  return command
    .option('--type <type>', 'the type, which names the runtime (default: process)')
    .option('--type-version <version>', "version of the type's property schema (default: the newest)")
    .option(
      '--property <key=value>',
      'a property, its value as JSON or text; repeat for several',
      collectPairs,
    )
    .option('--file <file>', 'YAML or JSON file with type, version and properties; - for standard input')
}

function profileInput(options: ProfileOptions): JsonObject {
  const file = options.file === undefined ? {} : readObjectFile(options.file, '--file')
  const properties = file['properties'] ?? {}
  if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) {
    throw new UsageError(`--file: properties in ${options.file} is not an object`)
  }
  return {
    type: options.type ?? 'process',
    ...file,
    ...(options.type === undefined ? {} : { type: options.type }),
    ...(options.typeVersion === undefined ? {} : { version: options.typeVersion }),
    properties: { ...properties, ...pairsToObject(options.property ?? []) },
  }
}
