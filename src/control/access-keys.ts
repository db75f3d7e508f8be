import { makeAccessKeyId, makeAccessKeySecret } from '../access/access-keys.ts'
import type { AccessKey } from '../domain/access-key.ts'
import { AlreadyExistsError, LimitExceededError, NotFoundError } from '../domain/errors.ts'
import { ROLES, type Role } from '../domain/principal.ts'
import {
  countAccessKeys,
  deleteAccessKey,
  enableAccessKey,
  findAccessKey,
  insertAccessKey,
  listAccessKeys,
} from '../store/access-keys.ts'
import type { Page, PageRequest } from '../store/page.ts'
import type { Tx } from '../store/store.ts'
import { administeredBy, authorize, authorizeEverywhere, mayAct } from './authorize.ts'
import type { Asker, ControlDeps } from './control.ts'
import { perform, recordRefusal } from './perform.ts'
import { checkName, checkOneOf } from './validate.ts'

const MAX_IN_ONE_PROJECT = 1000

export interface CreateAccessKeyInput {
  readonly name: string
  /** Where its holder will work. Id or name. */
  readonly project: string
  readonly role: Role
}

export interface CreatedAccessKey {
  readonly accessKey: AccessKey
  /** Shown this once. Null when the answer is a repeated one: nobody can read it again. */
  readonly secret: string | null
}

/** Need the role administrator in the key's project. `ref`: id or name. */
export interface AccessKeyVerbs {
  /** @throws already_exists, limit_exceeded */
  create(asker: Asker, input: CreateAccessKeyInput): Promise<CreatedAccessKey>
  /** Those of all projects that the asker administers. */
  list(asker: Asker, page: PageRequest): Promise<Page<AccessKey>>
  get(asker: Asker, ref: string): Promise<AccessKey>
  /** Works at once in this process, within seconds in others. */
  update(asker: Asker, ref: string, changes: { readonly enabled: boolean }): Promise<AccessKey>
  /** As `update`. */
  delete(asker: Asker, ref: string): Promise<AccessKey>
}

export function createAccessKeyVerbs(deps: ControlDeps): AccessKeyVerbs {
  return {
    create: (asker, input) => create(deps, asker, input),
    list: (asker, page) =>
      recordRefusal(deps, asker, 'accessKeys.list', () => {
        const projects = administeredBy(asker.principal, 'accessKeys.list')
        return deps.store.read((tx) => listAccessKeys(tx, projects, page))
      }),
    get: (asker, ref) =>
      recordRefusal(deps, asker, 'accessKeys.get', () =>
        deps.store.read((tx) => requireAccessKey(tx, asker, ref, 'accessKeys.get')),
      ),
    update: (asker, ref, { enabled }) =>
      change(deps, asker, ref, 'accessKeys.update', { enabled }, async (tx, key, now) => {
        const changed = { ...key, enabled, updatedAt: now }
        await enableAccessKey(tx, key.id, changed)
        return { changed, type: enabled ? 'accessKey.enabled' : 'accessKey.disabled' }
      }),
    delete: (asker, ref) =>
      change(deps, asker, ref, 'accessKeys.delete', {}, async (tx, key) => {
        await deleteAccessKey(tx, key.id)
        return { changed: key, type: 'accessKey.deleted' }
      }),
  }
}

async function create(
  deps: ControlDeps,
  asker: Asker,
  input: CreateAccessKeyInput,
): Promise<CreatedAccessKey> {
  const permit = (tx: Tx) =>
    authorize(tx, asker.principal, input.project, 'administrator', 'accessKeys.create')
  return await perform<undefined, CreatedAccessKey>(deps, asker, permit, {
    verb: 'accessKeys.create',
    input,
    work: async ({ tx, project, now, event }) => {
      const name = checkName('name', input.name)
      const role = checkOneOf('role', input.role, ROLES)
      if (await findAccessKey(tx, name)) throw new AlreadyExistsError('access key', name)
      if ((await countAccessKeys(tx, project.id)) >= MAX_IN_ONE_PROJECT) {
        throw new LimitExceededError(
          `project "${project.name}" has ${MAX_IN_ONE_PROJECT} access keys already: delete some first`,
        )
      }
      const accessKey: AccessKey = {
        id: makeAccessKeyId(),
        name,
        projectId: project.id,
        role,
        enabled: true,
        createdAt: now,
        createdBy: asker.principal.name,
        updatedAt: now,
        lastUsedAt: null,
      }
      const secret = makeAccessKeySecret()
      await insertAccessKey(tx, accessKey, secret)
      event({
        type: 'accessKey.created',
        because: `${asker.principal.name} made access key "${name}"`,
        data: { accessKey: accessKey.id, role },
      })
      return { accessKey, secret }
    },
    toRemember: ({ accessKey }) => ({ accessKey, secret: null }),
  })
}

/** One change of a key that is there, with its event. */
async function change(
  deps: ControlDeps,
  asker: Asker,
  ref: string,
  verb: string,
  input: object,
  work: (tx: Tx, key: AccessKey, now: number) => Promise<{ changed: AccessKey; type: string }>,
): Promise<AccessKey> {
  const permit = async (tx: Tx) => {
    const { projectId } = await requireAccessKey(tx, asker, ref, verb)
    return await authorize(tx, asker.principal, projectId, 'administrator', verb)
  }
  const { accessKey } = await perform(deps, asker, permit, {
    verb,
    input: [ref, input],
    work: async ({ tx, now, event }) => {
      const key = await requireAccessKey(tx, asker, ref, verb)
      const { changed, type } = await work(tx, key, now)
      event({
        type,
        because: `${asker.principal.name} ${type.slice('accessKey.'.length)} access key "${key.name}"`,
        data: { accessKey: key.id },
      })
      return { accessKey: changed }
    },
  })
  deps.forget(accessKey.id)
  return accessKey
}

/** Who administers no project learns nothing of which keys there are. */
async function requireAccessKey(tx: Tx, { principal }: Asker, ref: string, verb: string): Promise<AccessKey> {
  const found = await findAccessKey(tx, ref)
  if (found && mayAct(principal, found.projectId, 'administrator')) return found
  authorizeEverywhere(principal, 'administrator', verb)
  throw new NotFoundError('access key', ref)
}
