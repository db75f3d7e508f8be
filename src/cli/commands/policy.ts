import type { Command } from 'commander'
import type { JsonObject } from '../../domain/ids.ts'
import { UsageError } from '../cli-error.ts'
import { addCommand, addListOptions, addNoun, addYesOption, type Cli } from '../command.ts'
import { collectPairs, type Pair, pairsToObject, readObjectFile } from '../parse.ts'
import type { PolicyResource, PolicyTypeResource } from '../resources.ts'
import type { ListOptions } from '../session.ts'

interface PolicyOptions {
  readonly type?: string
  readonly typeVersion?: string
  readonly property?: readonly Pair[]
  readonly file?: string
}

interface UpdateOptions {
  readonly rename?: string
  readonly description?: string
}

/** `drover policy`: create, validate, list, show, update, delete, types. */
export function addPolicyCommands(program: Command, cli: Cli): void {
  const noun = addNoun(
    program,
    'policy',
    'rules that are asked before actions of the clusters they are attached to',
  )

  addPolicyOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'create <name>',
        summary: 'create a policy; it has no effect until it is attached to a cluster',
        details:
          'Properties come from --file (YAML or JSON), from --property, or both. What properties a type has: drover ' +
          'policy types -o yaml. What it says never changes.',
        examples: [
          'policy create slowly --type batch --property maxBatchSize=2 --property pauseTime=30',
          'policy create oldest --type deletion --property criteria=OLDEST_FIRST',
          'policy create heal --file health.yaml',
        ],
      },
      async (session, options: PolicyOptions & { readonly description?: string }, name: string) => {
        const { description } = options
        const body = { name, ...policyInput(options), ...(description !== undefined && { description }) }
        const policy = await session.client.post<PolicyResource>(session.inProject`/policies`, body)
        session.output.result(policy, `policy ${policy.name} (${policy.type} ${policy.version}) is created`)
      },
    ),
  ).option('--description <text>', 'what it is for')

  addPolicyOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'validate',
        summary: 'check a policy without creating it',
        examples: [
          'policy validate --file health.yaml',
          'policy validate --type batch --property pauseTime=30',
        ],
      },
      async (session, options: PolicyOptions) => {
        const valid = await session.client.post<object>(
          session.inProject`/policies/validate`,
          policyInput(options),
        )
        session.output.result(valid, `the policy is valid:\n${JSON.stringify(valid, null, 2)}`)
      },
    ),
  )

  addListOptions(
    addCommand(
      noun,
      cli,
      { usage: 'list', summary: 'list policies', examples: ['policy list', 'policy list --type scaling'] },
      async (session, options: ListOptions & { readonly type?: string }) => {
        const path = session.inProject`/policies`
        const page = await session.list<PolicyResource>(path, { type: options.type }, options)
        session.output.page(
          page,
          [
            ['NAME', (policy) => policy.name],
            ['TYPE', (policy) => `${policy.type} ${policy.version}`],
            ['CREATED', (policy, output) => output.ago(policy.createdAt)],
            ['ID', (policy) => policy.id],
          ],
          'No policies yet. What types there are: drover policy types',
        )
      },
    ).option('--type <type>', 'only policies of this type'),
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'show <policy>',
      summary: 'show a policy',
      examples: ['policy show slowly', 'policy show slowly -o yaml'],
    },
    async (session, _options: object, ref: string) => {
      const policy = await session.client.get<PolicyResource>(session.inProject`/policies/${ref}`)
      session.output.fields(policy, [
        ['Policy', policy.name],
        ['Id', policy.id],
        ['Type', `${policy.type} ${policy.version}`],
        ['Description', policy.description ?? '-'],
        ['Created', `${session.output.ago(policy.createdAt)} by ${policy.createdBy}`],
        ['Properties', JSON.stringify(policy.properties, null, 2)],
      ])
    },
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'update <policy>',
      summary: 'rename or describe a policy',
      examples: ['policy update slowly --rename slower', 'policy update slowly --description "two by two"'],
    },
    async (session, { rename, description }: UpdateOptions, ref: string) => {
      if (rename === undefined && description === undefined) {
        throw new UsageError('nothing to change', `for example: drover policy update ${ref} --rename <name>`)
      }
      const path = session.inProject`/policies/${ref}`
      const policy = await session.client.patch<PolicyResource>(path, { name: rename, description })
      session.output.result(policy, `policy ${policy.name} is changed`)
    },
  )
    .option('--rename <name>', 'a new name')
    .option('--description <text>', 'what it is for')

  addYesOption(
    addCommand(
      noun,
      cli,
      {
        usage: 'delete <policy>',
        summary: 'delete a policy that is attached to no cluster',
        examples: ['policy delete slowly', 'policy delete slowly --yes'],
      },
      async (session, options: { readonly yes?: boolean }, ref: string) => {
        await session.confirm(options, () => `Delete policy ${ref}?`)
        await session.client.delete(session.inProject`/policies/${ref}`)
        session.output.result(null, `policy ${ref} is deleted`)
      },
    ),
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'types',
      summary: 'list the types there are; with -o json or yaml, the schemas of their properties',
      examples: ['policy types', 'policy types -o yaml'],
    },
    async (session) => {
      const page = await session.list<PolicyTypeResource>(session.inProject`/policy-types`, {}, {})
      session.output.page(
        page,
        [
          ['TYPE', (type) => type.type],
          ['VERSIONS', (type) => type.versions.join(', ')],
          ['WHAT IT DECIDES', (type) => type.description],
        ],
        'This server has no policy types.',
      )
    },
  )
}

function addPolicyOptions(command: Command): Command {
  return command
    .option('--type <type>', 'the type: drover policy types')
    .option('--type-version <version>', "version of the type's property schema (default: the newest)")
    .option(
      '--property <key=value>',
      'a property, its value as JSON or text; repeat for several',
      collectPairs,
    )
    .option('--file <file>', 'YAML or JSON file with type, version and properties; - for standard input')
}

function policyInput(options: PolicyOptions): JsonObject {
  const file = options.file === undefined ? {} : readObjectFile(options.file, '--file')
  const type = options.type ?? file['type']
  if (type === undefined) {
    throw new UsageError('a policy needs a type', 'give --type, or a file with one; see: drover policy types')
  }
  const properties = file['properties'] ?? {}
  if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) {
    throw new UsageError(`--file: properties in ${options.file} is not an object`)
  }
  return {
    ...file,
    type,
    ...(options.typeVersion === undefined ? {} : { version: options.typeVersion }),
    properties: { ...properties, ...pairsToObject(options.property ?? []) },
  }
}
