import type { AccessKeyId, EpochMs, ProjectId } from './ids.ts'
import type { Principal, Role } from './principal.ts'

/**
 * A key and a secret with which a program signs its requests, as the clients of cloud vendors do. The secret itself never
 * comes with a request, so it is kept to check signatures with.
 */
export interface AccessKey {
  readonly id: AccessKeyId
  /** Unique, and never changed: events carry it. */
  readonly name: string
  /** Where its holder works: vendors' requests name no project of ours. */
  readonly projectId: ProjectId
  readonly role: Role
  /** One that is not is refused like one that nobody has. */
  readonly enabled: boolean
  readonly createdAt: EpochMs
  readonly createdBy: string
  readonly updatedAt: EpochMs
  /** When it signed a request, give or take a few minutes; null for never. */
  readonly lastUsedAt: EpochMs | null
}

/** Who signs with it. No API key can have such a name. */
export function principalOfAccessKey({ name, projectId, role }: AccessKey): Principal {
  return { name: `${ACCESS_KEY_PRINCIPAL}${name}`, grants: [{ projectId, role }] }
}

/** What the names of such principals begin with. */
export const ACCESS_KEY_PRINCIPAL = 'access-key:'
