import type {
  BundleId,
  BundleSignatureId,
  DelegationId,
  EpochMs,
  ProjectId,
  PublishedProjectId,
  SigningKeyId,
  SignOffId,
} from './ids.ts'
import type { Party } from './permissions.ts'

/** What a bundle needs before it may be deployed in a stage. */
export interface StageRule {
  /** How many reviewers have to approve. */
  readonly requiredSignOffs: number
  /** Whose sign-offs count. Empty: those of everybody who may write the published project. */
  readonly reviewers: readonly Party[]
  /** How long an approval counts. Null: for ever. */
  readonly expiresAfterSeconds: number | null
  /** Whether the approval of who published the bundle counts. */
  readonly publisherMayApprove: boolean
  /** Whether the bundle must be signed with one of the published project's keys. */
  readonly requireSignature: boolean
}

/** What a stage asks for whose rules nobody has set. */
export const NO_RULE: StageRule = {
  requiredSignOffs: 0,
  reviewers: [],
  expiresAfterSeconds: null,
  publisherMayApprove: false,
  requireSignature: false,
}

/** The rules of a published project, by the name of the stage. */
export interface GovernanceRules {
  readonly publishedProjectId: PublishedProjectId
  readonly stages: Readonly<Record<string, StageRule>>
  /** Null, with version 0: nobody has set any. */
  readonly updatedAt: EpochMs | null
  readonly updatedBy: string | null
  /** Counts changes; the ETag. */
  readonly version: number
}

export type SignOffDecision = 'APPROVED' | 'REJECTED'

/** What a reviewer said about a bundle for a stage. It stands until it is withdrawn or the reviewer says something newer. */
export interface SignOff {
  readonly id: SignOffId
  readonly projectId: ProjectId
  readonly publishedProjectId: PublishedProjectId
  readonly bundleId: BundleId
  /** `name@version`. */
  readonly bundle: string
  readonly stage: string
  /** Name of the principal who said it. */
  readonly reviewer: string
  /** The principal who delegated it to the reviewer; null: the reviewer speaks for themselves. */
  readonly onBehalfOf: string | null
  /** Those that whoever it counts for was in at that moment. */
  readonly groups: readonly string[]
  readonly decision: SignOffDecision
  readonly comment: string
  readonly at: EpochMs
  /** Chosen by the reviewer; null: as the rule says. */
  readonly expiresAt: EpochMs | null
  /** Null while it stands. */
  readonly endedAt: EpochMs | null
  /** Who withdrew it or took its place; null while it stands. */
  readonly endedBy: string | null
}

/** Somebody else who may sign off for a reviewer until a time. */
export interface Delegation {
  readonly id: DelegationId
  readonly projectId: ProjectId
  readonly publishedProjectId: PublishedProjectId
  /** Name of the principal who lends their right. */
  readonly from: string
  /** Name of the principal who may use it. */
  readonly to: string
  readonly until: EpochMs
  readonly createdAt: EpochMs
  /** Null unless it was taken back before its time. */
  readonly endedAt: EpochMs | null
}

/** A public key that a published project trusts. */
export interface SigningKey {
  readonly id: SigningKeyId
  readonly publishedProjectId: PublishedProjectId
  readonly name: string
  /** 16 hexadecimal digits, as minisign shows it. Chosen by whoever made the key: it proves nothing. */
  readonly keyId: string
  /** The second line of a `.pub` file: base64. */
  readonly publicKey: string
  readonly createdAt: EpochMs
  readonly createdBy: string
}

/** A signature over the bytes of a bundle, in minisign's format. */
export interface BundleSignature {
  readonly id: BundleSignatureId
  readonly bundleId: BundleId
  /** Of the key that it says it is made with. */
  readonly keyId: string
  /** The whole `.minisig` file. */
  readonly text: string
  /** What the signer wrote, which is signed, too. */
  readonly comment: string
  /** BLAKE2b-512 of the bundle's bytes, 128 lower-case hexadecimal digits: what is signed. */
  readonly hash: string
  readonly addedAt: EpochMs
  readonly addedBy: string
}

/** What a stage asks for; null if nobody has set anything. Stages may have any name, also one that every object has. */
export function ruleOf({ stages }: Pick<GovernanceRules, 'stages'>, stage: string): StageRule | null {
  return Object.hasOwn(stages, stage) ? (stages[stage] as StageRule) : null
}

/** When an approval ceases to count under a rule; null: never. */
export function expiryOf(
  signOff: Pick<SignOff, 'decision' | 'at' | 'expiresAt'>,
  rule: StageRule,
): EpochMs | null {
  if (signOff.decision === 'REJECTED') return null
  const byRule = rule.expiresAfterSeconds === null ? Infinity : signOff.at + rule.expiresAfterSeconds * 1000
  const expiresAt = Math.min(byRule, signOff.expiresAt ?? Infinity)
  return expiresAt === Infinity ? null : expiresAt
}
