import type { Command } from 'commander'
import { UsageError } from '../cli-error.ts'
import { addCommand, addListOptions, addNoun, type Cli } from '../command.ts'
import type { RevisionResource } from '../resources.ts'
import type { ListOptions } from '../session.ts'
import { byteSize } from '../time.ts'

interface PoolOptions {
  readonly pool?: string
}

/** `drover revision`: list, show. */
export function addRevisionCommands(program: Command, cli: Cli): void {
  const noun = addNoun(program, 'revision', 'what nodes ran and run: numbered, never changed')

  addListOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'list <cluster>',
        summary: "list a pool's revisions, newest first",
        examples: ['revision list web', 'revision list web --pool canary -o json'],
      },
      async (session, options: ListOptions & PoolOptions, cluster: string) => {
        const path = session.inProject`/clusters/${cluster}/revisions`
        const page = await session.list<RevisionResource>(path, { pool: options.pool }, options)
        session.output.page(
          page,
          [
            ['REVISION', (revision) => `${revision.number}${revision.committed ? ' (committed)' : ''}`],
            ['BUNDLE', (revision) => revision.spec.code?.bundle],
            ['SCRIPT', (revision) => revision.spec.code?.initializationScript],
            ['ARGUMENTS', (revision) => argumentsOf(revision)],
            ['PROFILE', (revision) => revision.spec.profile.name],
            ['CREATED', (revision, output) => output.ago(revision.createdAt)],
            ['BY', (revision) => revision.createdBy],
            ['DESCRIPTION', (revision) => revision.description],
          ],
          'No revisions.',
        )
      },
    ).option('--pool <pool>', 'the node pool (default: DefaultPool)'),
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'show <cluster> <number>',
      summary: 'show all that a revision says',
      examples: ['revision show web 3', 'revision show web 3 -o yaml'],
    },
    async (session, { pool }: PoolOptions, cluster: string, number: string) => {
      checkNumber(number)
      const path = session.inProject`/clusters/${cluster}/revisions/${number}`
      const revision = await session.client.get<RevisionResource>(path, { pool })
      const { spec } = revision
      session.output.fields(revision, [
        ['Revision', `${revision.number}${revision.committed ? ' (committed)' : ''}`],
        ['Profile', `${spec.profile.name} (${spec.profile.type} ${spec.profile.version})`],
        ['Bundle', spec.code && `${spec.code.bundle}, sha256 ${spec.code.digest}`],
        ['Script', spec.code?.initializationScript],
        ['Arguments', argumentsOf(revision)],
        ['Platform version', spec.version],
        ['Health check', JSON.stringify(spec.healthCheck)],
        [
          'Node template',
          Object.keys(spec.nodeTemplate).length === 0 ? null : JSON.stringify(spec.nodeTemplate, null, 2),
        ],
        ['Settings', JSON.stringify(spec.settings, null, 2)],
        ['Description', revision.description],
        ['Created', `${session.output.ago(revision.createdAt)} by ${revision.createdBy}`],
      ])
    },
  ).option('--pool <pool>', 'the node pool (default: DefaultPool)')

  addCommand(
    noun,
    cli,
    {
      usage: 'compare <cluster> <from> <to>',
      summary: 'show what two revisions say differently, and which files of their bundles differ',
      examples: ['revision compare web 3 4', 'revision compare web 3 4 -o json'],
    },
    async (session, { pool }: PoolOptions, cluster: string, from: string, to: string) => {
      for (const number of [from, to]) checkNumber(number)
      const path = session.inProject`/clusters/${cluster}/revisions/${from}/comparison`
      const comparison = await session.client.get<RevisionComparison>(path, { pool, to })
      const lines = [
        ...comparison.differences.map(
          (one) => `${one.path}: ${JSON.stringify(one.from)} → ${JSON.stringify(one.to)}`,
        ),
        ...comparison.files.map((file) => `${file.change} ${file.path} (${sizesOf(file)})`),
      ]
      session.output.result(comparison, lines.length === 0 ? 'they say the same' : lines.join('\n'))
    },
  ).option('--pool <pool>', 'the node pool (default: DefaultPool)')
}

interface RevisionComparison {
  readonly differences: readonly { readonly path: string; readonly from: unknown; readonly to: unknown }[]
  readonly files: readonly ComparedFile[]
}

interface ComparedFile {
  readonly path: string
  readonly change: string
  readonly from: { readonly sizeBytes: number } | null
  readonly to: { readonly sizeBytes: number } | null
}

function sizesOf({ from, to }: ComparedFile): string {
  return [from, to].flatMap((side) => (side ? [byteSize(side.sizeBytes)] : [])).join(' → ')
}

function checkNumber(number: string): void {
  if (!/^\d+$/.test(number)) throw new UsageError(`"${number}" is not the number of a revision`)
}

function argumentsOf({ spec }: RevisionResource): string | null {
  const pairs = spec.code?.commandLineArguments ?? []
  return pairs.length === 0 ? null : pairs.map(({ key, value }) => `${key}=${value}`).join(' ')
}
