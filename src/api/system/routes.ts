import { Type } from 'typebox'
import { ROLES } from '../../domain/principal.ts'
import type { Api, ApiDeps } from '../api.ts'
import { askerOf } from '../caller.ts'
import { Groups } from '../grants.ts'
import { answers, oneOf, record, ref, Time, toTime } from '../schema.ts'

const tags = ['System']

export const IdentityResource = record(
  {
    name: Type.String(),
    user: Type.Optional(
      record({ id: Type.String(), name: Type.String() }, { description: 'Who is logged in, with a token.' }),
    ),
    groups: Groups,
    grants: Type.Array(
      record({
        projectId: Type.String(),
        project: Type.String({ description: 'The name, or `*` for all.' }),
        role: oneOf(ROLES),
      }),
    ),
  },
  {
    $id: 'Identity',
    description: 'Who is asking, and what they may do.',
    examples: [
      { name: 'admin', groups: [], grants: [{ projectId: '*', project: '*', role: 'administrator' }] },
    ],
  },
)

export const EngineResource = record(
  {
    id: Type.String(),
    host: Type.String(),
    pid: Type.Integer(),
    version: Type.String(),
    startedAt: Time,
    heartbeatAt: Time,
    leaseUntil: Time,
  },
  {
    $id: 'Engine',
    description: 'A running worker. It owns clusters for as long as its lease runs.',
    examples: [
      {
        id: '0193e1a0-6c1e-7000-8a3b-5f5e0c9d1b2a',
        host: 'server-1',
        pid: 4711,
        version: '0.1.0',
        startedAt: '2026-11-21T10:00:00.000Z',
        heartbeatAt: '2026-11-21T11:00:00.000Z',
        leaseUntil: '2026-11-21T11:00:10.000Z',
      },
    ],
  },
)

export function systemRoutes(api: Api, { control, version }: ApiDeps): void {
  api.get(
    '/version',
    {
      config: { open: true },
      schema: {
        operationId: 'getVersion',
        tags,
        summary: 'Get the version',
        description: 'Needs no credential.',
        security: [],
        response: answers(
          {
            200: record(
              { name: Type.String(), version: Type.String(), api: Type.String() },
              { examples: [{ name: 'drover', version: '0.1.0', api: 'v1' }] },
            ),
          },
          [],
          { open: true },
        ),
      },
    },
    async () => ({ name: 'drover', version, api: 'v1' }),
  )

  api.get(
    '/whoami',
    {
      schema: {
        operationId: 'whoami',
        tags,
        summary: 'Find out who you are',
        response: answers({ 200: ref(IdentityResource) }),
      },
    },
    async (request) => {
      const { name, user, groups, grants } = await control.whoami(askerOf(request))
      return {
        name,
        ...(user && { user: { id: user.id, name: user.name } }),
        groups: [...groups],
        grants: grants.map(({ projectId, project, role }) => ({ projectId, project, role })),
      }
    },
  )

  api.get(
    '/engines',
    {
      schema: {
        operationId: 'listEngines',
        tags,
        summary: 'List engines',
        response: answers({ 200: record({ items: Type.Array(ref(EngineResource)) }) }),
      },
    },
    async (request) => {
      const engines = await control.engines.list(askerOf(request))
      return {
        items: engines.map(({ id, host, pid, version, startedAt, heartbeatAt, leaseUntil }) => ({
          id,
          host,
          pid,
          version,
          startedAt: toTime(startedAt),
          heartbeatAt: toTime(heartbeatAt),
          leaseUntil: toTime(leaseUntil),
        })),
      }
    },
  )
}
