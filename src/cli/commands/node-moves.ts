import type { Command } from 'commander'
import { addCommand, type Cli } from '../command.ts'
import { collectPairs, type Pair, pairsToObject } from '../parse.ts'
import type { Accepted, NodeResource } from '../resources.ts'
import { addWaitOptions, reportAction, type WaitOptions } from '../wait.ts'

/** The commands that move nodes into clusters and out of them, and that change what is said of them. */
export function addNodeMoveCommands(noun: Command, cli: Cli): void {
  const moves = [
    ['join', 'take nodes without a cluster into one; they go on running', 'taken into', 'spare-1 spare-2'],
    ['leave', 'let nodes go on without their cluster, which becomes smaller by them', 'let go by', 'web-1'],
  ] as const
  for (const [verb, summary, sentence, example] of moves) {
    const command = addWaitOptions(
      addCommand(
        noun,
        cli,
        { usage: `${verb} <cluster> <nodes...>`, summary, examples: [`node ${verb} web ${example} --wait`] },
        async (
          session,
          options: WaitOptions & { readonly pool?: string },
          cluster: string,
          nodes: readonly string[],
        ) => {
          const path = session.inProject`/clusters/${cluster}/nodes/${verb}`
          const accepted = await session.client.post<Accepted>(path, { nodes, pool: options.pool })
          return reportAction(
            session,
            accepted,
            `${nodes.join(', ')} is being ${sentence} ${cluster}`,
            options,
          )
        },
      ),
    )
    if (verb === 'join') command.option('--pool <pool>', 'the node pool (default: DefaultPool)')
  }

  addWaitOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'replace-with <cluster> <member=node...>',
        summary: 'put nodes without a cluster in the place of members, which go on without it',
        examples: ['node replace-with web web-1=spare-1 --wait'],
      },
      async (session, options: WaitOptions, cluster: string, pairs: readonly string[]) => {
        const nodes = Object.fromEntries(
          pairs.flatMap((pair) => collectPairs(pair, [])).map(({ key, value }) => [key, value]),
        )
        const path = session.inProject`/clusters/${cluster}/nodes/replace-with`
        const accepted = await session.client.post<Accepted>(path, { nodes })
        return reportAction(session, accepted, `${pairs.join(', ')} is being replaced in ${cluster}`, options)
      },
    ),
  )

  addUpdateCommand(noun, cli)
  addOperationCommands(noun, cli)
}

interface UpdateOptions extends WaitOptions {
  readonly name?: string
  readonly role?: string
  readonly tainted?: boolean
  readonly metadata?: readonly Pair[]
  readonly profile?: string
}

function addUpdateCommand(noun: Command, cli: Cli): void {
  addWaitOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'update <node>',
        summary: 'change what is said of one node, or put another profile on it alone',
        examples: ['node update web-1 --tainted', 'node update spare-1 --profile web-large --wait'],
      },
      async (session, options: UpdateOptions, node: string) => {
        const { name, role, tainted, profile } = options
        const metadata = options.metadata && pairsToObject(options.metadata)
        const path = session.inProject`/nodes/${node}`
        const changes = { name, role, tainted, metadata, profile }
        const answer = await session.client.patch<Accepted | NodeResource>(path, changes)
        if ('action' in answer) return reportAction(session, answer, `${node} is being updated`, options)
        session.output.result(answer, `${answer.name} is changed`)
        return undefined
      },
    )
      .option('--name <name>', 'its new name')
      .option('--role <role>', 'what it is for')
      .option('--tainted', 'have it go before others when its pool shrinks')
      .option('--no-tainted', 'take that back')
      .option('--metadata <key=value>', 'replaces what it has; repeat for several', collectPairs)
      .option('--profile <profile>', 'another profile of its type, for this node alone'),
  )
}

/** `operate` and `adopt`. */
function addOperationCommands(noun: Command, cli: Cli): void {
  addWaitOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'operate <node> <operation>',
        summary: 'do to a node what its type can do beyond starting and stopping',
        examples: ['node operate server-1 reboot --param type=HARD --wait'],
      },
      async (
        session,
        options: WaitOptions & { readonly param?: readonly Pair[] },
        node: string,
        operation: string,
      ) => {
        const params = options.param && pairsToObject(options.param)
        const path = session.inProject`/nodes/${node}/operations`
        const accepted = await session.client.post<Accepted>(path, { operation, params })
        return reportAction(session, accepted, `${operation} of ${node} is accepted`, options)
      },
    ).option('--param <key=value>', 'a parameter of the operation; repeat for several', collectPairs),
  )

  addWaitOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'adopt <type> <identity> <name>',
        summary: 'take over what somebody else started, as a node without a cluster',
        examples: ['node adopt os.nova.server 7d1f… old-server --wait'],
      },
      async (session, options: WaitOptions, type: string, identity: string, name: string) => {
        const accepted = await session.client.post<Accepted>(session.inProject`/nodes/adopt`, {
          type,
          identity,
          name,
        })
        return reportAction(session, accepted, `${identity} is being adopted as ${name}`, options)
      },
    ),
  )
}
