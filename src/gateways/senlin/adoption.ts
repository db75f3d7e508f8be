import { randomBytes } from 'node:crypto'
import { type Answer, type Ask, ok, type Table } from './ask.ts'
import { Fault, missingText } from './errors.ts'
import { boolean, map, name, readFields, string } from './fields.ts'
import { ANY_NAME } from './naming.ts'
import { presentNode } from './present.ts'

export const adoptionRoutes: Table = {
  '/nodes/adopt': { POST: { since: 7, run: adopt } },
  '/nodes/adopt-preview': { POST: { since: 7, run: preview } },
}

const WHAT = {
  identity: { check: string, required: true },
  type: { check: string, required: true },
  overrides: { check: map },
  snapshot: { check: boolean },
} as const

async function adopt(ask: Ask): Promise<Answer> {
  const fields = {
    ...WHAT,
    name: { check: name },
    role: { check: string },
    metadata: { check: map },
  } as const
  const { identity, type, overrides, snapshot, metadata, ...given } = readFields(ask.body, fields, ask.minor)
  const { node } = await ask.control.nodes.adopt(ask.caller, {
    ...(await readType(ask, type)),
    identity,
    name: given.name ?? `node-${randomBytes(4).toString('hex')}`,
    ...(overrides && { overrides }),
    ...(snapshot !== undefined && { snapshot }),
    ...(metadata && { metadata }),
    ...ANY_NAME,
  })
  const view = await ask.control.nodes.get(ask.caller, null, node.id)
  return ok('node', presentNode(view, ask))
}

async function preview(ask: Ask): Promise<Answer> {
  const { identity, type, overrides, snapshot } = readFields(ask.body, WHAT, ask.minor)
  const profile = await ask.control.nodes.previewAdoption(ask.caller, {
    ...(await readType(ask, type)),
    identity,
    ...(overrides && { overrides }),
    ...(snapshot !== undefined && { snapshot }),
  })
  const { version, properties } = profile
  return ok('node_profile', { type: profile.type, version, properties })
}

/** `os.nova.server-1.0` in its parts. @throws Fault 400 if there is no such type */
async function readType({ control, caller }: Ask, text: string) {
  for (const { type, versions } of await control.profiles.types(caller)) {
    const version = versions.find((each) => `${type}-${each}` === text)
    if (version !== undefined) return { type, version }
  }
  throw new Fault(400, 'BadRequest', missingText('profile_type', text))
}
