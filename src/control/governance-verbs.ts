import type {
  BundleSignature,
  Delegation,
  GovernanceRules,
  SigningKey,
  SignOff,
  StageRule,
} from '../domain/governance.ts'
import type { EpochMs, JsonObject, Sha256 } from '../domain/ids.ts'
import type { Message } from '../domain/message.ts'
import type { Party } from '../domain/permissions.ts'
import type { PublishedProject } from '../domain/published-project.ts'
import type { Page, PageRequest } from '../store/page.ts'
import type { Caller } from './control.ts'
import type { Match } from './inputs.ts'

/**
 * What reviewers say about bundles. `bundle`: `name@version`, or its id. Reviewers need no more than the role viewer: who they
 * are is what the rules say. An application credential signs off nothing.
 */
export interface ApprovalVerbs {
  /**
   * In place of what the reviewer said before.
   * @throws invalid_state when it is the publisher's, and the rule does not let that count
   */
  approve(caller: Caller, bundle: string, input: ApproveInput): Promise<SignOff>
  reject(caller: Caller, bundle: string, input: SignOffInput): Promise<SignOff>
  /** One's own; that of somebody else needs the right `admin` of the published project. @throws not_found */
  withdraw(caller: Caller, bundle: string, input: WithdrawInput): Promise<SignOff>
  /** Newest first, also those that stand no longer. */
  list(caller: Caller, filter: SignOffFilter, page: PageRequest): Promise<Page<SignOff>>
  /** What a bundle has and still needs. @param stage default: of all stages */
  status(caller: Caller, bundle: string, stage?: string): Promise<BundleStatus>
  /** Lets another user sign off for the caller, who must be a reviewer. `publishedProject`: id or key. */
  delegate(caller: Caller, publishedProject: string, input: DelegateInput): Promise<Delegation>
  /** Those that hold now. */
  delegations(caller: Caller, publishedProject: string): Promise<readonly Delegation[]>
  /** What was signed off by it stays. */
  endDelegation(caller: Caller, publishedProject: string, id: string): Promise<Delegation>
}

/** The rules of a published project, and the keys it trusts; changes need its right `admin`. `publishedProject`: id or key. */
export interface GovernanceVerbs {
  /**
   * What would be said if a bundle were deployed by a deployment now: nothing where its infra asks nothing, warnings where it
   * only warns. `deployment`: id or name. @param bundle a version; default: the one that is wanted
   */
  check(caller: Caller, deployment: string, bundle?: string): Promise<readonly Message[]>
  getRules(caller: Caller, publishedProject: string): Promise<GovernanceRules>
  /** @param rule null: the stage asks for nothing @throws precondition_failed */
  setRule(
    caller: Caller,
    publishedProject: string,
    stage: string,
    rule: StageRuleInput | null,
    match?: Match,
  ): Promise<GovernanceRules>
  keys(caller: Caller, publishedProject: string): Promise<readonly SigningKey[]>
  /** @throws already_exists, limit_exceeded */
  addKey(caller: Caller, publishedProject: string, input: SigningKeyInput): Promise<SigningKey>
  /** Signatures that were made with it do not count any more. @param key its name */
  removeKey(caller: Caller, publishedProject: string, key: string): Promise<SigningKey>
  /**
   * Keeps a signature with a bundle. Which keys are trusted is asked when the bundle is judged.
   * @throws invalid_request if it was not made over the bundle's bytes with the trusted key of that id, limit_exceeded
   */
  addSignature(caller: Caller, bundle: string, text: string): Promise<BundleSignature>
}

export interface SignOffInput {
  readonly stage: string
  readonly comment?: string
}

export interface ApproveInput extends SignOffInput {
  /** Default: as the rule says. */
  readonly expiresInSeconds?: number
}

export interface WithdrawInput {
  readonly stage: string
  /** Name of a principal. Default: the caller. */
  readonly reviewer?: string
}

/** Either a published project or a bundle has to be given. */
export interface SignOffFilter {
  readonly publishedProject?: string
  readonly bundle?: string
  readonly stage?: string
}

export interface DelegateInput {
  /** Name of a user with a role in the project. */
  readonly to: string
  readonly forSeconds: number
}

export interface StageRuleInput {
  /** Default 0. */
  readonly requiredSignOffs?: number
  /** Default: everybody who may write the published project. */
  readonly reviewers?: readonly Party[]
  /** Default null: approvals do not expire. */
  readonly expiresAfterSeconds?: number | null
  /** Default false. */
  readonly publisherMayApprove?: boolean
  /** Default false. */
  readonly requireSignature?: boolean
}

export interface SigningKeyInput {
  readonly name: string
  /** A `.pub` file of minisign, or only its second line. */
  readonly publicKey: string
}

/** Where a bundle comes from and who vouches for it. */
export interface Provenance {
  readonly publishedBy: string
  readonly at: EpochMs
  readonly source: JsonObject
  readonly digest: Sha256
  readonly signatures: readonly SignatureView[]
}

export interface SignatureView {
  readonly signature: BundleSignature
  /** Name of the trusted key that it is made with; null: with none of them. */
  readonly key: string | null
}

export interface BundleStatus {
  /** `name@version`. */
  readonly bundle: string
  readonly publishedProject: Pick<PublishedProject, 'id' | 'key'>
  readonly provenance: Provenance
  /** In the order of the project's stages. */
  readonly stages: readonly StageStatus[]
}

export interface StageStatus {
  readonly stage: string
  /** Null: the stage asks for nothing. */
  readonly rule: StageRule | null
  /** Those that stand. */
  readonly signOffs: readonly SignOff[]
  readonly messages: readonly Message[]
  /** Whether nothing speaks against deploying it there. */
  readonly passes: boolean
}
