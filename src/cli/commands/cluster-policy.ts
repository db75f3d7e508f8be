import type { Command } from 'commander'
import { addCommand, addNoun, type Cli } from '../command.ts'
import type { Accepted, ClusterPolicyResource } from '../resources.ts'
import { addWaitOptions, reportAction, type WaitOptions } from '../wait.ts'

/** `drover cluster policy`: attach, detach, enable, disable, list, show. */
export function addClusterPolicyCommands(parent: Command, cli: Cli): void {
  const noun = addNoun(parent, 'policy', "a cluster's policies: what is asked before its actions")

  addWaitOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'attach <cluster> <policy>',
        summary: 'attach a policy to a cluster',
        details: 'A cluster has one policy of a type; of type scaling it may have several.',
        examples: ['cluster policy attach web slowly --wait', 'cluster policy attach web slowly --disabled'],
      },
      async (
        session,
        options: WaitOptions & { readonly disabled?: boolean },
        cluster: string,
        policy: string,
      ) => {
        const body = { policy, enabled: options.disabled !== true }
        const path = session.inProject`/clusters/${cluster}/policies`
        const accepted = await session.client.post<Accepted>(path, body)
        return reportAction(
          session,
          accepted,
          `policy ${policy} is being attached to cluster ${cluster}`,
          options,
        )
      },
    ).option('--disabled', 'attach it without it being asked yet'),
  )

  addWaitOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'detach <cluster> <policy>',
        summary: 'detach a policy from a cluster',
        examples: ['cluster policy detach web slowly', 'cluster policy detach web slowly --wait'],
      },
      async (session, options: WaitOptions, cluster: string, policy: string) => {
        const path = session.inProject`/clusters/${cluster}/policies/${policy}`
        const accepted = await session.client.delete<Accepted>(path)
        return reportAction(
          session,
          accepted,
          `policy ${policy} is being detached from cluster ${cluster}`,
          options,
        )
      },
    ),
  )

  for (const [verb, enabled, summary] of [
    ['enable', true, 'have an attached policy asked again'],
    ['disable', false, 'keep a policy attached, and not have it asked'],
  ] as const) {
    addWaitOptions(
      addCommand(
        noun,
        cli,
        {
          usage: `${verb} <cluster> <policy>`,
          summary,
          examples: [`cluster policy ${verb} web slowly`, `cluster policy ${verb} web slowly --wait`],
        },
        async (session, options: WaitOptions, cluster: string, policy: string) => {
          const path = session.inProject`/clusters/${cluster}/policies/${policy}`
          const accepted = await session.client.patch<Accepted>(path, { enabled })
          return reportAction(
            session,
            accepted,
            `policy ${policy} on cluster ${cluster} is being ${verb}d`,
            options,
          )
        },
      ),
    )
  }

  addCommand(
    noun,
    cli,
    {
      usage: 'list <cluster>',
      summary: "list a cluster's policies, in the order in which they are asked",
      examples: ['cluster policy list web', 'cluster policy list web -o json'],
    },
    async (session, _options: object, cluster: string) => {
      const path = session.inProject`/clusters/${cluster}/policies`
      const page = await session.list<ClusterPolicyResource>(path, {}, {})
      session.output.page(
        page,
        [
          ['POLICY', (attached) => attached.policy],
          ['TYPE', (attached) => attached.type],
          ['ENABLED', (attached) => (attached.enabled ? 'yes' : 'no')],
          ['PRIORITY', (attached) => String(attached.priority)],
          [
            'LAST OPERATION',
            ({ lastOperationAt }, output) => (lastOperationAt ? output.ago(lastOperationAt) : '-'),
          ],
        ],
        `Cluster ${cluster} has no policies. Attach one with: drover cluster policy attach ${cluster} <policy>`,
      )
    },
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'show <cluster> <policy>',
      summary: 'show a policy of a cluster, and what it remembers',
      examples: ['cluster policy show web slowly', 'cluster policy show web slowly -o yaml'],
    },
    async (session, _options: object, cluster: string, policy: string) => {
      const path = session.inProject`/clusters/${cluster}/policies/${policy}`
      const attached = await session.client.get<ClusterPolicyResource>(path)
      const { lastOperationAt } = attached
      session.output.fields(attached, [
        ['Policy', attached.policy],
        ['Cluster', attached.cluster],
        ['Type', attached.type],
        ['Enabled', attached.enabled ? 'yes' : 'no'],
        ['Priority', String(attached.priority)],
        ['Attached', `${session.output.ago(attached.createdAt)} by ${attached.createdBy}`],
        ['Last operation', lastOperationAt ? session.output.ago(lastOperationAt) : '-'],
        ['Data', JSON.stringify(attached.data)],
      ])
    },
  )
}
