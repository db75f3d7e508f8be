import type { Command } from 'commander'
import { CliError } from '../cli-error.ts'
import { addCommand, addYesOption, type Cli } from '../command.ts'
import { EXIT } from '../exit-codes.ts'
import { nodePath } from '../node-path.ts'
import { collectPairs, type Pair, pairsToObject, wholeNumber } from '../parse.ts'
import { addRecoveryOption, type RecoverOptions } from '../recovery-option.ts'
import type { Accepted } from '../resources.ts'
import { addWaitOptions, reportAction, type WaitOptions } from '../wait.ts'

interface CreateOptions extends ChangeOptions {
  readonly name?: string
  readonly metadata?: readonly Pair[]
  readonly standalone?: boolean
  readonly profile?: string
  readonly role?: string
}

interface ChangeOptions extends WaitOptions {
  readonly pool?: string
  readonly yes?: boolean
}

interface DeleteOptions extends ChangeOptions {
  readonly force?: boolean
}

/** The commands that make, take away and mend nodes. */
export function addNodeActionCommands(noun: Command, cli: Cli): void {
  addWaitOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'create [cluster]',
        summary: 'add one node to a cluster, or make one without a cluster',
        examples: [
          'node create web --name web-blue --wait',
          'node create web --metadata rack=7',
          'node create --standalone --name spare-1 --profile web --wait',
        ],
      },
      async (session, options: CreateOptions, cluster: string | undefined) => {
        const { pool, name, role, profile, standalone } = options
        const metadata = options.metadata && pairsToObject(options.metadata)
        if (standalone) {
          const made = { name, profile, role, metadata }
          const accepted = await session.client.post<Accepted>(session.inProject`/nodes`, made)
          return reportAction(session, accepted, `node ${name} is being created`, options)
        }
        if (cluster === undefined) throw new CliError(EXIT.usage, 'name a cluster, or give --standalone')
        const path = session.inProject`/clusters/${cluster}/nodes`
        const accepted = await session.client.post<Accepted>(path, { pool, name, metadata })
        return reportAction(session, accepted, `a node of ${cluster} is being created`, options)
      },
    )
      .option('--pool <pool>', 'the node pool (default: DefaultPool)')
      .option('--name <name>', 'default: one is made; needed with --standalone')
      .option('--standalone', 'in no cluster; needs --name and --profile')
      .option('--profile <profile>', 'with --standalone: what it is')
      .option('--role <role>', 'with --standalone: what it is for')
      .option('--metadata <key=value>', 'a note for people and programs; repeat for several', collectPairs),
  )

  addWaitOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'add <cluster>',
        summary: 'add nodes to a cluster',
        examples: ['node add web', 'node add web --count 3 --wait'],
      },
      async (session, options: ChangeOptions & { readonly count: number }, cluster: string) => {
        const path = session.inProject`/clusters/${cluster}/nodes/add`
        const accepted = await session.client.post<Accepted>(path, {
          pool: options.pool,
          count: options.count,
        })
        return reportAction(
          session,
          accepted,
          `${options.count} nodes are being added to ${cluster}`,
          options,
        )
      },
    )
      .option('--pool <pool>', 'the node pool (default: DefaultPool)')
      .option('--count <n>', 'how many nodes', wholeNumber, 1),
  )

  const chosen = [
    ['remove', 'stop chosen nodes and make the cluster smaller by them', 'removed from'],
    ['replace', 'make new nodes in place of chosen ones', 'replaced in'],
  ] as const
  for (const [verb, summary, sentence] of chosen) {
    addWaitOptions(
      addYesOption(
        addCommand(
          noun,
          cli,
          {
            usage: `${verb} <cluster> <nodes...>`,
            summary,
            examples: [`node ${verb} web web-1 --wait`, `node ${verb} web web-1 web-2 --yes`],
          },
          async (session, options: ChangeOptions, cluster: string, nodes: readonly string[]) => {
            await session.confirm(options, () => `Stop ${nodes.join(', ')} of ${cluster}?`)
            const path = session.inProject`/clusters/${cluster}/nodes/${verb}`
            const accepted = await session.client.post<Accepted>(path, { nodes })
            return reportAction(
              session,
              accepted,
              `${nodes.join(', ')} is being ${sentence} ${cluster}`,
              options,
            )
          },
        ),
      ),
    )
  }

  addWaitOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'check <cluster> <node>',
        summary: "check a node's health now",
        examples: ['node check web web-1', 'node check web web-1 --wait'],
      },
      async (session, options: WaitOptions, cluster: string, node: string) => {
        const path = `${nodePath(session, cluster, node)}/check`
        const accepted = await session.client.post<Accepted>(path)
        return reportAction(session, accepted, `${node} of ${cluster} is being checked`, options)
      },
    ),
  )
  addWaitOptions(
    addRecoveryOption(
      addCommand(
        noun,
        cli,
        {
          usage: 'recover <cluster> <node>',
          summary: 'bring a node that does not work back to work',
          examples: ['node recover web web-1', 'node recover web web-1 --operation RECREATE --wait'],
        },
        async (session, { operation, check, ...options }: RecoverOptions, cluster: string, node: string) => {
          const path = `${nodePath(session, cluster, node)}/recover`
          const accepted = await session.client.post<Accepted>(path, { operation, check })
          return reportAction(session, accepted, `${node} of ${cluster} is being recovered`, options)
        },
      ),
    ),
  )

  addWaitOptions(
    addYesOption(
      addCommand(
        noun,
        cli,
        {
          usage: 'delete <cluster> <node>',
          summary: 'stop a node and make the cluster smaller by it',
          examples: [
            'node delete web web-1',
            'node delete web web-1 --yes --wait',
            'node delete web web-1 --force --wait',
          ],
        },
        async (session, { force, ...options }: DeleteOptions, cluster: string, node: string) => {
          await session.confirm(options, () => `Stop and delete ${node} of ${cluster}?`)
          const path = nodePath(session, cluster, node)
          const accepted = await session.client.delete<Accepted>(path, force ? { force } : {})
          return reportAction(session, accepted, `${node} of ${cluster} is being deleted`, options)
        },
      ),
    ).option('--force', 'also if it cannot be removed, as its host is away for good'),
  )
}
