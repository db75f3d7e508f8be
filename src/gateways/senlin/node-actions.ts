import { type Answer, type Ask, accepted, type Table } from './ask.ts'
import { MalformedFault } from './errors.ts'
import { isMap } from './fields.ts'
import { readRecovery } from './recovery.ts'

export const nodeActionRoutes: Table = {
  '/nodes/:id/actions': { POST: { run: act } },
}

/** By the one key of the body. @returns the id of the action that carries it out */
const ACTIONS: Readonly<Record<string, (ask: Ask, node: string, data: unknown) => Promise<string>>> = {
  check: async (ask, node) => (await ask.control.nodes.check(ask.caller, null, node)).action.id,
  recover: async (ask, reference, data) => {
    const { node } = await ask.control.nodes.get(ask.caller, null, reference)
    const recovery = readRecovery('node', data, ask.minor)
    return (await ask.control.nodes.recover(ask.caller, null, node.id, recovery)).action.id
  },
}

async function act(ask: Ask): Promise<Answer> {
  const body = isMap(ask.body) ? ask.body : {}
  const [key, ...others] = Object.keys(body)
  if (key === undefined) throw new MalformedFault('No action specified.')
  if (others.length > 0) throw new MalformedFault('Multiple actions specified.')
  return accepted(await runNodeAction(ask, ask.params['id']!, key, body[key]))
}

/**
 * @param key as bodies name the action: `check`
 * @returns the id of the action that carries it out
 * @throws MalformedFault if there is no such action
 */
export async function runNodeAction(ask: Ask, node: string, key: string, data: unknown): Promise<string> {
  const action = Object.hasOwn(ACTIONS, key) ? ACTIONS[key] : undefined
  if (!action) throw new MalformedFault(`Unrecognized action '${key}' specified`)
  if (!isMap(data)) throw new MalformedFault('The params provided is not a map.')
  return await action(ask, node, data)
}
