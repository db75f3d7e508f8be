import { Type } from 'typebox'
import { type Api, type ApiDeps, path } from '../api.ts'
import { callerOf } from '../caller.ts'
import { answers, record, reference, Time, toTime } from '../schema.ts'

const HookMessage = record(
  {
    lifecycleActionToken: Type.String({
      description: 'Id of the action that waits: complete it, and the node leaves.',
    }),
    nodeId: Type.String(),
    clusterId: Type.String(),
    lifecycleTransitionType: Type.Literal('termination'),
    sentAt: Time,
    expiresAt: { ...Time, description: 'From then on the node leaves without an answer.' },
  },
  { description: 'A node that is about to leave, as the hook of a deletion policy tells it.' },
)

/** The queues that lifecycle hooks of type `zaqar` name. */
export function queueRoutes(api: Api, { control }: ApiDeps): void {
  api.get(
    '/projects/:project/queues/:queue/messages',
    {
      schema: {
        operationId: 'listHookMessages',
        tags: ['Actions'],
        summary: 'List the messages of a hook’s queue',
        description:
          'One for each node that waits for a hook which names this queue, oldest first. A message goes when its action is completed or its time is over; there is nothing to be taken out.',
        params: record({ project: path.project, queue: reference('The queue, by the name in the policy.') }),
        response: answers({ 200: record({ items: Type.Array(HookMessage) }) }),
      },
    },
    async (request) => {
      const messages = await control.actions.hookMessages(callerOf(request), request.params.queue)
      return {
        items: messages.map(({ actionId, nodeId, clusterId, sentAt, expiresAt }) => ({
          ...{ lifecycleActionToken: actionId, nodeId, clusterId },
          lifecycleTransitionType: 'termination' as const,
          ...{ sentAt: toTime(sentAt), expiresAt: toTime(expiresAt) },
        })),
      }
    },
  )
}
