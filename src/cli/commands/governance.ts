import { readFileSync } from 'node:fs'
import { type Command, InvalidArgumentError } from 'commander'
import { messageOf } from '../../domain/errors.ts'
import type { Message } from '../../domain/message.ts'
import type { Party } from '../../domain/permissions.ts'
import { UsageError } from '../cli-error.ts'
import { addCommand, addNoun, type Cli } from '../command.ts'
import type { GovernanceResource, SigningKeyResource } from '../governance-resources.ts'
import { durationSeconds, wholeNumber } from '../parse.ts'
import { showRule } from './approval-status.ts'

interface RuleOptions {
  readonly stage: string
  readonly approvals?: number
  readonly reviewer?: readonly Party[]
  readonly expireAfter?: number
  readonly publisherMayApprove?: boolean
  readonly requireSignature?: boolean
}

/** `drover governance`: rules, set-rule, remove-rule, check, keys, add-key, remove-key. */
export function addGovernanceCommands(program: Command, cli: Cli): void {
  const noun = addNoun(
    program,
    'governance',
    'what bundles need before they are deployed, and whose keys are trusted',
  )
  addRules(noun, cli)
  addCheck(noun, cli)
  addKeys(noun, cli)
}

function addRules(noun: Command, cli: Cli): void {
  addCommand(
    noun,
    cli,
    {
      usage: 'rules <published-project>',
      summary: 'show what a published project asks of bundles, by stage',
      examples: ['governance rules web'],
    },
    async (session, _options: object, key: string) => {
      const path = session.inProject`/published-projects/${key}/governance`
      const { stages, ...rules } = await session.client.get<GovernanceResource>(path)
      const rows = Object.entries(stages).map(([stage, rule]): [string, string] => [stage, showRule(rule)])
      session.output.fields({ stages, ...rules }, rows.length === 0 ? [['Rules', 'none']] : rows)
    },
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'set-rule <published-project>',
      summary: 'say what bundles need for a stage, in place of what was said before',
      details:
        'Without --reviewer, everybody who may write the published project is one. Infras decide what becomes of it: ' +
        'governance PREVENT refuses, WARN refuses unless warnings are ignored, NO_CHECK does not ask.',
      examples: [
        'governance set-rule web --stage Test --approvals 1 --reviewer group:qa',
        'governance set-rule web --stage Production --approvals 2 --reviewer group:qa --reviewer user:ada --expire-after 30d --require-signature',
      ],
    },
    async (session, options: RuleOptions, key: string) => {
      const path = session.inProject`/published-projects/${key}/governance/${options.stage}`
      const rules = await session.client.put<GovernanceResource>(path, {
        requiredSignOffs: options.approvals,
        reviewers: options.reviewer,
        expiresAfterSeconds: options.expireAfter,
        publisherMayApprove: options.publisherMayApprove,
        requireSignature: options.requireSignature,
      })
      const rule = rules.stages[options.stage]
      session.output.result(
        rules,
        `${options.stage} asks bundles of ${key} for ${rule ? showRule(rule) : 'nothing'}`,
      )
    },
  )
    .requiredOption('--stage <stage>', 'the stage')
    .option('--approvals <number>', 'how many reviewers have to approve (default: 0)', wholeNumber)
    .option('--reviewer <party>', 'group:<name> or user:<name>; repeat for several', collectParties)
    .option('--expire-after <duration>', 'how long an approval counts (default: for ever)', durationSeconds)
    .option('--publisher-may-approve', 'let the approval of who published the bundle count')
    .option('--require-signature', 'ask for a signature with a trusted key')

  addCommand(
    noun,
    cli,
    {
      usage: 'remove-rule <published-project>',
      summary: 'ask nothing of bundles for a stage any more',
      examples: ['governance remove-rule web --stage Test'],
    },
    async (session, { stage }: { readonly stage: string }, key: string) => {
      const path = session.inProject`/published-projects/${key}/governance/${stage}`
      const rules = await session.client.delete<GovernanceResource>(path)
      session.output.result(rules, `${stage} asks nothing of bundles of ${key}`)
    },
  ).requiredOption('--stage <stage>', 'the stage')
}

function addCheck(noun: Command, cli: Cli): void {
  addCommand(
    noun,
    cli,
    {
      usage: 'check <deployment>',
      summary: 'show what would be said if a bundle were deployed by a deployment now',
      examples: ['governance check web-on-prod', 'governance check web-on-prod --bundle 2'],
    },
    async (session, { bundle }: { readonly bundle?: string }, deployment: string) => {
      const path = session.inProject`/deployments/${deployment}/governance`
      const found = await session.client.get<{ items: readonly Message[] }>(path, { bundle })
      session.output.page(
        found,
        [
          ['SEVERITY', (one) => one.severity],
          ['CODE', (one) => one.code],
          ['MESSAGE', (one) => one.message],
          ['DETAILS', (one) => one.details],
        ],
        'Nothing speaks against it.',
      )
    },
  ).option('--bundle <version>', 'the version (default: the one that is wanted)')
}

function addKeys(noun: Command, cli: Cli): void {
  addCommand(
    noun,
    cli,
    {
      usage: 'keys <published-project>',
      summary: 'list the keys that a published project trusts',
      examples: ['governance keys web'],
    },
    async (session, _options: object, key: string) => {
      const path = session.inProject`/published-projects/${key}/keys`
      const found = await session.client.get<{ items: readonly SigningKeyResource[] }>(path)
      session.output.page(
        found,
        [
          ['NAME', (one) => one.name],
          ['KEY ID', (one) => one.keyId],
          ['PUBLIC KEY', (one) => one.publicKey],
          ['ADDED', (one, output) => output.ago(one.createdAt)],
          ['BY', (one) => one.createdBy],
        ],
        'No key is trusted. Add one with: drover governance add-key <published-project> <name> <file>',
      )
    },
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'add-key <published-project> <name> <file>',
      summary: 'trust a key: the .pub file that "minisign -G" writes',
      examples: ['governance add-key web release minisign.pub'],
    },
    async (session, _options: object, key: string, name: string, file: string) => {
      const path = session.inProject`/published-projects/${key}/keys`
      const added = await session.client.post<SigningKeyResource>(path, { name, publicKey: readText(file) })
      session.output.result(added, `${key} trusts key ${name} (${added.keyId})`)
    },
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'remove-key <published-project> <name>',
      summary: 'trust a key no more; signatures that were made with it count no more',
      examples: ['governance remove-key web release'],
    },
    async (session, _options: object, key: string, name: string) => {
      const path = session.inProject`/published-projects/${key}/keys/${name}`
      const removed = await session.client.delete<SigningKeyResource>(path)
      session.output.result(removed, `${key} trusts key ${name} (${removed.keyId}) no more`)
    },
  )
}

/** A small text file. @throws UsageError if it cannot be read */
export function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${messageOf(error)}`)
  }
}

function collectParties(text: string, previous: readonly Party[] | undefined): readonly Party[] {
  const [, kind, name] = /^(group|user):(.+)$/.exec(text) ?? []
  if (name === undefined) throw new InvalidArgumentError('It must look like group:qa or user:ada.')
  return [...(previous ?? []), kind === 'group' ? { group: name } : { user: name }]
}
