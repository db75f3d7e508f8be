import { json, NOTHING, type Table } from './ask.ts'
import { unsupported } from './errors.ts'
import { all, requireInfra } from './find.ts'
import { presentInfra } from './present.ts'
import { checkUnchanged, objectOf, optionalTextOf, textOf } from './read.ts'
import {
  attributesOf,
  INFRA_MEMBERS,
  INFRA_TYPE,
  presentInfraSettings,
  readPermissions,
  readPolicy,
} from './settings.ts'

const ONE = '/project-deployer/infras/:infra'

export const infraRoutes: Table = {
  '/project-deployer/stages': {
    GET: async ({ control, caller }) => {
      const stages = await control.stages.list(caller)
      return json(stages.map(({ name, description }) => ({ id: name, desc: description })))
    },
  },
  '/project-deployer/infras': {
    GET: async ({ control, caller }) => {
      const infras = await all((page) => control.infras.list(caller, {}, page))
      return json(infras.map(presentInfra))
    },
    POST: async ({ control, caller, body }) => {
      const input = objectOf(body)
      const governance = readPolicy(input)
      const made = await control.infras.create(caller, {
        name: textOf(input, 'id'),
        stage: textOf(input, 'stage'),
        ...(governance !== undefined && { governance }),
      })
      return json(presentInfraSettings(made))
    },
  },
  [ONE]: {
    GET: async (ask) => json(presentInfra(await requireInfra(ask))),
    DELETE: async (ask) => {
      const { infra } = await requireInfra(ask)
      await ask.control.infras.delete(ask.caller, infra.id)
      return NOTHING
    },
  },
  [`${ONE}/settings`]: {
    GET: async (ask) => json(presentInfraSettings((await requireInfra(ask)).infra)),
    PUT: async (ask) => {
      const settings = objectOf(ask.body)
      const { infra } = await requireInfra(ask)
      checkUnchanged(settings, { id: infra.name, type: INFRA_TYPE })
      const stage = optionalTextOf(settings, 'stage')
      const governance = readPolicy(settings)
      const changes = {
        ...(stage !== undefined && { stage }),
        ...(governance !== undefined && { governance }),
        ...readPermissions(settings, infra.permissions),
        attributes: attributesOf(infra, settings, INFRA_MEMBERS),
      }
      await ask.control.infras.update(ask.caller, infra.id, changes, { ifMatch: infra.version })
      return NOTHING
    },
  },
  [`${ONE}/generate-personal-api-key`]: {
    POST: async (ask) => {
      await requireInfra(ask)
      throw unsupported(
        'nodes have no users of their own here; make a key for Drover itself with "drover key create"',
      )
    },
  },
}
