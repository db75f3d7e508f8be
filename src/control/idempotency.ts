import { createHash } from 'node:crypto'
import { IdempotencyMismatchError, InvalidRequestError } from '../domain/errors.ts'
import type {
  BundleId,
  ClusterId,
  EpochMs,
  PolicyId,
  PoolId,
  ProfileId,
  ProjectId,
  RevisionId,
  UpdateId,
} from '../domain/ids.ts'
import { findAccessKey } from '../store/access-keys.ts'
import { getAction } from '../store/actions.ts'
import { findApiKey } from '../store/api-keys.ts'
import { findBucket } from '../store/buckets.ts'
import { findBundle } from '../store/bundles.ts'
import { findClientToken, putClientToken } from '../store/client-tokens.ts'
import { getCluster, getPool } from '../store/clusters.ts'
import { findDeployment } from '../store/deployments.ts'
import { findEnvironment } from '../store/environments.ts'
import { findInfra } from '../store/infras.ts'
import { getNode } from '../store/nodes.ts'
import { findPolicy } from '../store/policies.ts'
import { findProfile } from '../store/profiles.ts'
import { findProject } from '../store/projects.ts'
import { findPublishedProject } from '../store/published-projects.ts'
import { getReceiver } from '../store/receivers.ts'
import { getRevision } from '../store/revisions.ts'
import type { Tx } from '../store/store.ts'
import { getUpdate } from '../store/updates.ts'
import { findUser } from '../store/users.ts'

const MAX_KEY_LENGTH = 255

/** One request under its idempotency key. */
export interface Repeatable {
  readonly scope: string
  readonly token: string
  readonly requestHash: string
}

/**
 * @param scope keeps the keys of different callers and verbs apart
 * @param input all that the request said; two requests with the same key must have the same
 * @throws InvalidRequestError if the key is empty or longer than 255 characters
 */
export function toRepeatable(scope: string, token: string, input: unknown): Repeatable {
  if (token.length === 0 || token.length > MAX_KEY_LENGTH) {
    throw new InvalidRequestError('idempotencyKey', `must have 1 to ${MAX_KEY_LENGTH} characters`)
  }
  return { scope, token, requestHash: createHash('sha256').update(canonicalJson(input)).digest('hex') }
}

/**
 * What the same request was answered with, if it was made within the last ten minutes: the nouns of that answer as
 * they are now, or as they were if they are gone.
 * @throws IdempotencyMismatchError if the key was used for another request
 */
export async function recall(
  tx: Tx,
  { scope, token, requestHash }: Repeatable,
  now: EpochMs,
): Promise<object | undefined> {
  const known = await findClientToken(tx, scope, token, now)
  if (!known) return undefined
  if (known.requestHash !== requestHash) throw new IdempotencyMismatchError(token)
  const answer = JSON.parse(known.answer) as Record<string, { readonly id: string } | string | number | null>
  for (const [kind, noun] of Object.entries(answer)) {
    // Names and numbers stay as they were answered.
    if (typeof noun === 'object' && noun !== null) answer[kind] = (await reread[kind]?.(tx, noun)) ?? noun
  }
  return answer
}

export async function remember(
  tx: Tx,
  repeatable: Repeatable,
  answer: object,
  createdAt: EpochMs,
): Promise<void> {
  await putClientToken(tx, { ...repeatable, answer: JSON.stringify(answer), createdAt })
}

/** The same text for the same value, whatever the order of its keys; absent and undefined are the same. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}

type Reread = (
  tx: Tx,
  noun: { readonly id: string; readonly projectId?: string },
) => Promise<{ readonly id: string } | undefined>

/** By the property of an answer that holds it. */
const reread: Readonly<Record<string, Reread>> = {
  project: (tx, { id }) => findProject(tx, id as ProjectId),
  cluster: (tx, { id }) => getCluster(tx, id as ClusterId),
  environment: (tx, { id, projectId }) => findEnvironment(tx, projectId as ProjectId, id),
  infra: (tx, { id, projectId }) => findInfra(tx, projectId as ProjectId, id),
  publishedProject: (tx, { id, projectId }) => findPublishedProject(tx, projectId as ProjectId, id),
  deployment: (tx, { id, projectId }) => findDeployment(tx, projectId as ProjectId, id),
  pool: (tx, { id }) => getPool(tx, id as PoolId),
  revision: (tx, { id }) => getRevision(tx, id as RevisionId),
  action: (tx, { id }) => getAction(tx, id),
  node: (tx, { id }) => getNode(tx, id),
  update: (tx, { id }) => getUpdate(tx, id as UpdateId),
  bucket: (tx, { id, projectId }) => findBucket(tx, projectId as ProjectId, id),
  bundle: (tx, { id, projectId }) => findBundle(tx, projectId as ProjectId, id as BundleId),
  policy: (tx, { id, projectId }) => findPolicy(tx, projectId as ProjectId, id as PolicyId),
  profile: (tx, { id, projectId }) => findProfile(tx, projectId as ProjectId, id as ProfileId),
  receiver: async (tx, { id }) => (await getReceiver(tx, id))?.receiver,
  key: async (tx, { id }) => (await findApiKey(tx, id))?.key,
  accessKey: (tx, { id }) => findAccessKey(tx, id),
  user: async (tx, { id }) => (await findUser(tx, id))?.user,
}
