import { hashSecret, makeSecret } from '../access/secret.ts'
import { AlreadyExistsError, ForbiddenError, InvalidRequestError, NotFoundError } from '../domain/errors.ts'
import type { ApiKeyId } from '../domain/ids.ts'
import type { ApiKey, Grant } from '../domain/principal.ts'
import { findApiKey, findApiKeyByName, insertApiKey, listApiKeys, revokeApiKey } from '../store/api-keys.ts'
import { findProject } from '../store/projects.ts'
import type { Tx } from '../store/store.ts'
import { authorizeEverywhere } from './authorize.ts'
import type { Asker, ControlDeps } from './control.ts'
import { mayAdminister, projectOf, resolveGrants } from './grants.ts'
import { checkGroups, checkMayGroup } from './groups.ts'
import type { CreateApiKeyInput } from './identity-inputs.ts'
import { perform, recordRefusal } from './perform.ts'
import { checkInteger, checkName } from './validate.ts'
import type { ApiKeyVerbs } from './verbs.ts'
import type { CreatedApiKey } from './views.ts'

const RESERVED_NAMES = ['engine', 'drover']
const MAX_EXPIRY_SECONDS = 10 * 365 * 24 * 3600

export function createApiKeyVerbs(deps: ControlDeps): ApiKeyVerbs {
  return {
    create: (asker, input) => create(deps, asker, input),
    list: (asker, page) =>
      recordRefusal(deps, asker, 'apiKeys.list', () =>
        deps.store.read(async (tx) => {
          if (!asker.principal.grants.some((grant) => grant.role === 'administrator')) {
            throw new ForbiddenError(
              `apiKeys.list needs the role administrator somewhere, which ${asker.principal.name} has not`,
            )
          }
          const { items, nextCursor } = await listApiKeys(tx, page)
          // A page may come out short, but the cursor goes on: there are few keys.
          return { items: items.filter((key) => mayAdminister(asker.principal, key.grants)), nextCursor }
        }),
      ),
    async revoke(asker, id) {
      const permit = async (tx: Tx) => {
        const found = await findApiKey(tx, id)
        if (found && mayAdminister(asker.principal, found.key.grants)) return null
        authorizeEverywhere(asker.principal, 'administrator', 'apiKeys.revoke')
        throw new NotFoundError('API key', id)
      }
      const { key } = await perform(deps, asker, permit, {
        verb: 'apiKeys.revoke',
        input: [id],
        work: async ({ tx, now, event }) => {
          const found = (await findApiKey(tx, id))!.key
          if (found.revokedAt !== null) return { key: found }
          await revokeApiKey(tx, found.id, now)
          event({
            type: 'apiKey.revoked',
            projectId: projectOf(found.grants),
            because: `${asker.principal.name} revoked API key "${found.name}"`,
            data: { apiKey: found.id },
          })
          return { key: { ...found, revokedAt: now } }
        },
      })
      deps.forget(key.id)
      return key
    },
  }
}

async function create(deps: ControlDeps, asker: Asker, input: CreateApiKeyInput): Promise<CreatedApiKey> {
  let grants: readonly Grant[] = []
  const permit = async (tx: Tx) => {
    grants = await resolveGrants(tx, asker.principal, input.grants, { verb: 'apiKeys.create', min: 1 })
    if (input.groups?.length) checkMayGroup(asker.principal, 'apiKeys.create')
    return null
  }
  return await perform<undefined, CreatedApiKey>(deps, asker, permit, {
    verb: 'apiKeys.create',
    input,
    work: async ({ tx, ids, now, event }) => {
      const name = checkName('name', input.name)
      // Events tell engines and keys apart by name alone.
      if (RESERVED_NAMES.includes(name)) {
        throw new InvalidRequestError('name', `"${name}" is how Drover itself signs its events`)
      }
      if (await findApiKeyByName(tx, name)) throw new AlreadyExistsError('API key', name)
      const seconds = input.expiresInSeconds
      const key: ApiKey = {
        id: ids.next<ApiKeyId>(),
        name,
        grants,
        groups: checkGroups('groups', input.groups ?? []),
        createdAt: now,
        createdBy: asker.principal.name,
        expiresAt:
          seconds === undefined
            ? null
            : now + checkInteger('expiresInSeconds', seconds, 1, MAX_EXPIRY_SECONDS) * 1000,
        revokedAt: null,
      }
      const secret = makeSecret(key.id)
      await insertApiKey(tx, key, hashSecret(secret))
      event({
        type: 'apiKey.created',
        projectId: projectOf(grants),
        because: `${asker.principal.name} made API key "${name}"`,
        data: {
          apiKey: key.id,
          grants: grants.map((grant) => ({ ...grant })),
          groups: key.groups,
          expiresAt: key.expiresAt,
        },
      })
      return { key, secret }
    },
    toRemember: ({ key }) => ({ key, secret: null }),
  })
}

/** Who the asker is, with names for the projects of the grants. */
export async function identify(deps: ControlDeps, { principal }: Asker) {
  return await deps.store.read(async (tx) => ({
    name: principal.name,
    ...(principal.login && { user: { id: principal.login.userId, name: principal.login.userName } }),
    groups: principal.groups ?? [],
    grants: await Promise.all(
      principal.grants.map(async ({ projectId, role }) => ({
        projectId,
        project: projectId === '*' ? '*' : ((await findProject(tx, projectId))?.name ?? projectId),
        role,
      })),
    ),
  }))
}
