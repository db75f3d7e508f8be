import type { Command } from 'commander'
import { UsageError } from '../cli-error.ts'
import { addCommand, addListOptions, addNoun, type Cli } from '../command.ts'
import type { DelegationResource, SignOffResource } from '../governance-resources.ts'
import { durationSeconds } from '../parse.ts'
import type { ListOptions } from '../session.ts'
import { addApprovalStatus } from './approval-status.ts'

interface SignOffOptions {
  readonly stage: string
  readonly comment?: string
  readonly expiresIn?: number
}

interface WithdrawOptions {
  readonly stage: string
  readonly reviewer?: string
}

/** `drover approval`: status, approve, reject, withdraw, list, delegate, delegations, undelegate. */
export function addApprovalCommands(program: Command, cli: Cli): void {
  const noun = addNoun(program, 'approval', 'what reviewers say about bundles before they are deployed')
  addApprovalStatus(noun, cli)
  addSignOffs(noun, cli)
  addList(noun, cli)
  addDelegations(noun, cli)
}

function addSignOffs(noun: Command, cli: Cli): void {
  addCommand(
    noun,
    cli,
    {
      usage: 'approve <bundle>',
      summary: 'approve a bundle for a stage, in place of what you said before',
      examples: [
        'approval approve web@2 --stage Production --comment "load test passed"',
        'approval approve web@2 --stage Test --expires-in 7d',
      ],
    },
    async (session, options: SignOffOptions, bundle: string) => {
      const said = await session.client.post<SignOffResource>(session.inProject`/bundles/${bundle}/approve`, {
        stage: options.stage,
        comment: options.comment,
        expiresInSeconds: options.expiresIn,
      })
      session.output.result(said, `bundle ${said.bundle} is approved by ${said.reviewer} for ${said.stage}`)
    },
  )
    .requiredOption('--stage <stage>', 'the stage it is approved for')
    .option('--comment <text>', 'a word for others')
    .option(
      '--expires-in <duration>',
      'when the approval counts no more (default: as the rule says)',
      durationSeconds,
    )

  addCommand(
    noun,
    cli,
    {
      usage: 'reject <bundle>',
      summary: 'reject a bundle for a stage; it stands until it is withdrawn',
      examples: ['approval reject web@2 --stage Production --comment "leaks memory"'],
    },
    async (session, { stage, comment }: SignOffOptions, bundle: string) => {
      const path = session.inProject`/bundles/${bundle}/reject`
      const said = await session.client.post<SignOffResource>(path, { stage, comment })
      session.output.result(said, `bundle ${said.bundle} is rejected by ${said.reviewer} for ${said.stage}`)
    },
  )
    .requiredOption('--stage <stage>', 'the stage it is rejected for')
    .option('--comment <text>', 'why')

  addCommand(
    noun,
    cli,
    {
      usage: 'withdraw <bundle>',
      summary: 'take back what you, or with --reviewer what somebody else, said',
      details: 'To withdraw what somebody else said needs the right to administer the published project.',
      examples: [
        'approval withdraw web@2 --stage Production',
        'approval withdraw web@2 --stage Production --reviewer user:ada',
      ],
    },
    async (session, { stage, reviewer }: WithdrawOptions, bundle: string) => {
      const path = session.inProject`/bundles/${bundle}/withdraw`
      const said = await session.client.post<SignOffResource>(path, { stage, reviewer })
      session.output.result(
        said,
        `what ${said.reviewer} said about ${said.bundle} for ${said.stage} is withdrawn`,
      )
    },
  )
    .requiredOption('--stage <stage>', 'the stage it was said for')
    .option('--reviewer <principal>', 'whose sign-off, as "approval list" shows it (default: yours)')
}

interface ListSignOffsOptions extends ListOptions {
  readonly stage?: string
  readonly publishedProject?: string
}

function addList(noun: Command, cli: Cli): void {
  addListOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'list [bundle]',
        summary: 'list what reviewers said, also what stands no longer',
        examples: ['approval list web@2', 'approval list --published-project web --stage Production'],
      },
      async (session, options: ListSignOffsOptions, bundle: string | undefined) => {
        const { publishedProject, stage } = options
        if ((bundle === undefined) === (publishedProject === undefined)) {
          throw new UsageError('give a bundle or --published-project')
        }
        const query = { bundle, publishedProject, stage }
        const page = await session.list<SignOffResource>(session.inProject`/sign-offs`, query, options)
        session.output.page(
          page,
          [
            ['BUNDLE', (said) => said.bundle],
            ['STAGE', (said) => said.stage],
            ['REVIEWER', (said) => said.reviewer],
            ['FOR', (said) => said.onBehalfOf ?? ''],
            ['SAID', (said) => said.decision.toLowerCase()],
            ['WHEN', (said, output) => output.ago(said.at)],
            ['EXPIRES', (said, output) => output.ago(said.expiresAt)],
            ['ENDED', (said, output) => output.ago(said.endedAt)],
            ['COMMENT', (said) => said.comment],
          ],
          'Nobody has said anything.',
        )
      },
    )
      .option('--published-project <key>', 'of all its bundles')
      .option('--stage <stage>', 'only for this stage'),
  )
}

function addDelegations(noun: Command, cli: Cli): void {
  addCommand(
    noun,
    cli,
    {
      usage: 'delegate <published-project>',
      summary: 'let another user sign off for you until a time',
      details: 'You and whom you delegate to count once. It ends with your own right to sign off.',
      examples: ['approval delegate web --to kim --for 14d'],
    },
    async (session, options: { readonly to: string; readonly for: number }, key: string) => {
      const path = session.inProject`/published-projects/${key}/delegations`
      const body = { to: options.to, forSeconds: options.for }
      const made = await session.client.post<DelegationResource>(path, body)
      session.output.result(
        made,
        `${made.to} may sign off bundles of ${key} for ${made.from} until ${made.until}`,
      )
    },
  )
    .requiredOption('--to <user>', 'name of a user with a role in the project')
    .requiredOption('--for <duration>', 'how long, like 14d', durationSeconds)

  addCommand(
    noun,
    cli,
    {
      usage: 'delegations <published-project>',
      summary: 'list who may sign off for whom now',
      examples: ['approval delegations web'],
    },
    async (session, _options: object, key: string) => {
      const path = session.inProject`/published-projects/${key}/delegations`
      const { items } = await session.client.get<{ items: readonly DelegationResource[] }>(path)
      session.output.page(
        { items },
        [
          ['FROM', (one) => one.from],
          ['TO', (one) => one.to],
          ['UNTIL', (one) => one.until],
          ['ID', (one) => one.id],
        ],
        'Nobody signs off for anybody else.',
      )
    },
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'undelegate <published-project> <id>',
      summary: 'take a delegation back; what was signed off by it stays',
      examples: ['approval undelegate web 019aa0e2-7b1c-7000-8000-000000000001'],
    },
    async (session, _options: object, key: string, id: string) => {
      const path = session.inProject`/published-projects/${key}/delegations/${id}`
      const ended = await session.client.delete<DelegationResource>(path)
      session.output.result(ended, `${ended.to} signs off for ${ended.from} no more`)
    },
  )
}
