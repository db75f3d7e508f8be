import type {
  BundleSignature,
  Delegation,
  GovernanceRules,
  SigningKey,
  SignOff,
  StageRule,
} from '../domain/governance.ts'
import type { JsonObject } from '../domain/ids.ts'
import type { Message } from '../domain/message.ts'
import type { Shown } from './resources.ts'

/** What bundles need before they are deployed, as the REST API shows it. */
export type SignOffResource = Shown<
  Pick<SignOff, 'id' | 'bundle' | 'stage' | 'reviewer' | 'onBehalfOf' | 'decision' | 'comment'> &
    Pick<SignOff, 'at' | 'expiresAt' | 'endedAt' | 'endedBy'>
>
export type StageRuleResource = StageRule
export type GovernanceResource = Shown<Omit<GovernanceRules, 'publishedProjectId'>>
export type SigningKeyResource = Shown<Omit<SigningKey, 'publishedProjectId'>>
export type DelegationResource = Shown<Omit<Delegation, 'projectId' | 'publishedProjectId'>>
export type BundleSignatureResource = Shown<Omit<BundleSignature, 'bundleId' | 'text' | 'hash'>>

export interface BundleStatusResource {
  readonly bundle: string
  readonly publishedProject: string
  readonly provenance: {
    readonly publishedBy: string
    readonly at: string
    readonly source: JsonObject
    readonly digest: string
    readonly signatures: readonly (BundleSignatureResource & { readonly trustedKey: string | null })[]
  }
  readonly stages: readonly {
    readonly stage: string
    readonly passes: boolean
    readonly rule: StageRuleResource | null
    readonly signOffs: readonly SignOffResource[]
    readonly messages: readonly Message[]
  }[]
}
