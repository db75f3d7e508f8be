import { type Command, InvalidArgumentError, Option } from 'commander'
import { GOVERNANCE_POLICIES, type GovernancePolicy } from '../../domain/infra.ts'
import { UsageError } from '../cli-error.ts'
import { addCommand, addListOptions, addNoun, addYesOption, type Cli } from '../command.ts'
import type { InfraResource } from '../deployer-resources.ts'
import { addParamsOptions, type ParamsOptions, paramsInput } from '../params-options.ts'
import { type Bound, boundInput, boundOrNone, wholeNumber } from '../parse.ts'
import {
  addPermissionOptions,
  describePermissions,
  type PermissionOptions,
  permissionsInput,
} from '../permissions-option.ts'
import type { ListOptions } from '../session.ts'

interface InfraOptions extends ParamsOptions, PermissionOptions {
  readonly stage?: string
  readonly description?: string
  readonly governance?: GovernancePolicy
  readonly profile?: string
  readonly size?: number
  readonly min?: number
  readonly max?: Bound
}

/** `drover infra`: create, list, show, update, delete. */
export function addInfraCommands(program: Command, cli: Cli): void {
  const noun = addNoun(
    program,
    'infra',
    'places to deploy to: a stage, its rules, and how clusters are made there',
  )

  addInfraOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'create <name>',
        summary: 'create an infra',
        details:
          'Without --profile its nodes are processes that run what the bundle says. The options from --strategy on say ' +
          'how updates of its deployments go.',
        examples: [
          'infra create test --stage Test',
          'infra create prod-east --stage Production --governance prevent --size 4 --max-unavailable 1',
          'infra create lab --stage Development --profile web-large --permit research=deploy',
        ],
      },
      async (session, options: InfraOptions, name: string) => {
        if (options.stage === undefined) {
          throw new UsageError('an infra is on a stage', 'give --stage; see: drover stage list')
        }
        const path = session.inProject`/infras`
        const body = {
          name,
          ...infraInput(options),
          description: options.description,
          updateDefaults: paramsInput(options),
        }
        const infra = await session.client.post<InfraResource>(path, body)
        session.output.result(
          infra,
          `infra ${name} is created on stage ${infra.stage}, governance ${infra.governance}`,
        )
      },
    ),
  )

  addListOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'list',
        summary: 'list infras',
        examples: ['infra list', 'infra list --stage Production -o json'],
      },
      async (session, options: ListOptions & { readonly stage?: string }) => {
        const path = session.inProject`/infras`
        const page = await session.list<InfraResource>(path, { stage: options.stage }, options)
        session.output.page(
          page,
          [
            ['NAME', (infra) => infra.name],
            ['STAGE', (infra) => infra.stage],
            ['GOVERNANCE', (infra) => infra.governance],
            ['SIZE', (infra) => infra.size],
            ['PROFILE', (infra) => infra.profile],
            ['DEPLOYMENTS', (infra) => infra.deployments.length],
            ['DESCRIPTION', (infra) => infra.description],
          ],
          'No infras yet. Create one with: drover infra create <name> --stage <stage>',
        )
      },
    ).option('--stage <stage>', 'only those on this stage'),
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'show <infra>',
      summary: 'show an infra and what is on it',
      examples: ['infra show prod-east', 'infra show prod-east -o yaml'],
    },
    async (session, _options: object, ref: string) => {
      const infra = await session.client.get<InfraResource>(session.inProject`/infras/${ref}`)
      session.output.fields(infra, [
        ['Infra', infra.name],
        ['Id', infra.id],
        ['Description', infra.description],
        ['Stage', infra.stage],
        ['Governance', infra.governance],
        ['Profile', infra.profile ?? "the project's profile for deployments: processes"],
        ['Size', `${infra.size}, ${infra.minSize} to ${infra.maxSize ?? 'any'}`],
        ['Updates', JSON.stringify(infra.updateDefaults)],
        ['Permissions', describePermissions(infra.permissions)],
        ['You', infra.canDeploy ? 'may deploy to it' : 'may not deploy to it'],
        [
          'Deployments',
          infra.deployments.map(({ name, bundle }) => `${name}: bundle ${bundle}`).join('\n') || 'none',
        ],
        ['Created', `${session.output.ago(infra.createdAt)} by ${infra.createdBy}`],
      ])
    },
  )

  addInfraOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'update <infra>',
        summary: 'change an infra',
        details:
          'What is not named stays. A size and a profile are for clusters that are made later; how updates go is for all ' +
          'that start later.',
        examples: [
          'infra update prod-east --governance warn',
          'infra update prod-east --max-unavailable 50% --permit releases=deploy',
        ],
      },
      async (session, options: InfraOptions, ref: string) => {
        const defaults = paramsInput(options)
        const changes = infraInput(options)
        if (defaults === undefined && Object.values(changes).every((value) => value === undefined)) {
          throw new UsageError('nothing to change', 'give one of the options; see --help')
        }
        const path = session.inProject`/infras/${ref}`
        const before = await session.client.get<InfraResource>(path)
        const updateDefaults = defaults && { ...before.updateDefaults, ...defaults }
        const infra = await session.client.patch<InfraResource>(
          path,
          { ...changes, updateDefaults },
          before.version,
        )
        session.output.result(infra, `infra ${infra.name} is changed`)
      },
    ),
  )

  addYesOption(
    addCommand(
      noun,
      cli,
      {
        usage: 'delete <infra>',
        summary: 'delete an infra that no deployment is on',
        examples: ['infra delete lab', 'infra delete lab --yes'],
      },
      async (session, options: { readonly yes?: boolean }, ref: string) => {
        await session.confirm(options, () => `Delete infra ${ref}?`)
        await session.client.delete(session.inProject`/infras/${ref}`)
        session.output.result(null, `infra ${ref} is deleted`)
      },
    ),
  )
}

function addInfraOptions(command: Command): Command {
  command
    .option('--stage <stage>', 'the stage it is on')
    .option('--description <text>', 'what it is for; empty for none')
    .addOption(
      new Option(
        '--governance <policy>',
        'what happens to a bundle that lacks what its stage asks for: prevent refuses it, warn lets it pass when ' +
          'told to ignore warnings, no-check does not look (default: no-check)',
      )
        .choices(GOVERNANCE_POLICIES.map(wordOf))
        .argParser(policyNamed),
    )
    .option('--profile <name>', 'what its nodes are; "default" for processes that run what the bundle says')
    .option('--size <n>', 'how many nodes the cluster of a deployment gets (default: 1)', wholeNumber)
    .option('--min <n>', 'its smallest size (default: 0)', wholeNumber)
    .option('--max <n|none>', 'its largest size (default: none)', boundOrNone)
  return addParamsOptions(addPermissionOptions(command, 'infra'))
}

function infraInput(options: InfraOptions) {
  return {
    stage: options.stage,
    description: options.description === '' ? null : options.description,
    governance: options.governance,
    profile: options.profile === 'default' ? null : options.profile,
    size: options.size,
    minSize: options.min,
    maxSize: boundInput(options.max),
    permissions: permissionsInput(options),
  }
}

function wordOf(policy: GovernancePolicy): string {
  return policy.toLowerCase().replace('_', '-')
}

function policyNamed(text: string): GovernancePolicy {
  const word = text.toLowerCase().replace('_', '-')
  const found = GOVERNANCE_POLICIES.find((policy) => wordOf(policy) === word)
  if (found === undefined) {
    throw new InvalidArgumentError(`Allowed choices are ${GOVERNANCE_POLICIES.map(wordOf).join(', ')}.`)
  }
  return found
}
