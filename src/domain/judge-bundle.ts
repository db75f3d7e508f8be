import { expiryOf, NO_RULE, type SignOff, type StageRule } from './governance.ts'
import type { EpochMs } from './ids.ts'
import type { Message, Severity } from './message.ts'
import { isParty } from './permissions.ts'

/** All that decides whether a bundle may be deployed in a stage. */
export interface BundleFacts {
  /** `name@version`. */
  readonly bundle: string
  /** Name of the principal who published it. */
  readonly publishedBy: string
  readonly stage: string
  /** Null: the stage has none. */
  readonly rule: StageRule | null
  /** Those that stand, of this bundle and this stage. */
  readonly signOffs: readonly JudgedSignOff[]
  readonly signatures: readonly JudgedSignature[]
}

export type JudgedSignOff = Pick<
  SignOff,
  'reviewer' | 'onBehalfOf' | 'groups' | 'decision' | 'comment' | 'at' | 'expiresAt'
>

/** A signature, compared with the keys that are trusted now. */
export interface JudgedSignature {
  readonly keyId: string
  /** Name of the trusted key that it is made with; null: with none of them. */
  readonly key: string | null
}

/**
 * Says whether a bundle has what a stage asks for, one message for each thing. Pure.
 *
 * An approval counts if the rule allows whoever it counts for, it has not expired, and it is not the publisher's; several
 * that count for the same person are one. A rejection counts whoever gave it, until it is withdrawn.
 * @returns without a message of severity ERROR if nothing speaks against it
 */
export function judgeBundle(facts: BundleFacts, now: EpochMs): Message[] {
  return [...judgeSignOffs(facts, now), ...judgeSignatures(facts)]
}

function judgeSignOffs({ bundle, publishedBy, stage, rule, signOffs }: BundleFacts, now: EpochMs): Message[] {
  const { requiredSignOffs: required } = rule ?? NO_RULE
  const approvals = signOffs.filter(({ decision }) => decision === 'APPROVED')
  const judged = approvals.map((approval) => ({
    approval,
    flaw: flawOf(approval, rule ?? NO_RULE, publishedBy, now),
  }))
  const counted = [
    ...new Set(judged.filter(({ flaw }) => flaw === null).map(({ approval }) => holderOf(approval))),
  ].sort()
  const messages = signOffs
    .filter(({ decision }) => decision === 'REJECTED')
    .map((rejection) =>
      toMessage('ERROR', 'BUNDLE_REJECTED', 'Rejected', {
        message: `${nameOf(rejection)} rejected bundle ${bundle} for stage "${stage}"`,
        details: rejection.comment,
      }),
    )
  for (const { approval, flaw } of judged) {
    if (flaw === null) continue
    messages.push(
      toMessage('INFO', flaw.code, 'Approval does not count', {
        message: `the approval of ${nameOf(approval)} does not count: ${flaw.because}`,
        details: approval.comment,
      }),
    )
  }
  const has = `bundle ${bundle} has ${counted.length} of ${required} approvals for stage "${stage}"`
  if (counted.length < required) {
    const missing = toMessage('ERROR', 'APPROVALS_MISSING', 'Approvals are missing', {
      message: has,
      details: `${reviewersOf(rule ?? NO_RULE)}: drover approval approve ${bundle} --stage ${JSON.stringify(stage)}`,
    })
    return [...messages, missing]
  }
  if (required === 0) return messages
  const all = { message: `${has}: ${counted.join(', ')}`, details: '' }
  return [...messages, toMessage('SUCCESS', 'APPROVALS_COMPLETE', 'Approved', all)]
}

function judgeSignatures({ bundle, stage, rule, signatures }: BundleFacts): Message[] {
  const trusted = [...new Set(signatures.flatMap(({ key }) => key ?? []))].sort()
  if (trusted.length > 0) {
    const message = `bundle ${bundle} is signed with ${trusted.map((key) => `key "${key}"`).join(' and ')}`
    return [toMessage('SUCCESS', 'SIGNATURE_TRUSTED', 'Signed', { message, details: '' })]
  }
  if (rule?.requireSignature !== true) return []
  const others = [...new Set(signatures.map(({ keyId }) => keyId))].sort()
  const message =
    others.length === 0
      ? `bundle ${bundle} is not signed, which stage "${stage}" asks for`
      : `bundle ${bundle} is signed with ${others.join(', ')} only, which the published project does not trust`
  const details = `sign its zip with a trusted key: minisign -S -m <zip>; then: drover bundle add-signature ${bundle} <zip>.minisig`
  return [toMessage('ERROR', 'SIGNATURE_MISSING', 'No trusted signature', { message, details })]
}

/** Why an approval does not count; null if it does. */
function flawOf(
  approval: JudgedSignOff,
  rule: StageRule,
  publishedBy: string,
  now: EpochMs,
): { readonly code: string; readonly because: string } | null {
  const { reviewer, groups } = approval
  const holder = holderOf(approval)
  const expiresAt = expiryOf(approval, rule)
  if (expiresAt !== null && expiresAt <= now) {
    return { code: 'APPROVAL_EXPIRED', because: `it expired at ${new Date(expiresAt).toISOString()}` }
  }
  if (!rule.publisherMayApprove && (reviewer === publishedBy || holder === publishedBy)) {
    return { code: 'APPROVAL_OF_PUBLISHER', because: 'it is that of who published the bundle' }
  }
  if (
    rule.reviewers.length > 0 &&
    !rule.reviewers.some((party) => isParty({ name: holder, groups }, party))
  ) {
    return { code: 'APPROVAL_OF_OTHERS', because: `${holder} is no reviewer of this stage any more` }
  }
  return null
}

/** Whose right to sign off it is. */
function holderOf({ reviewer, onBehalfOf }: JudgedSignOff): string {
  return onBehalfOf ?? reviewer
}

function nameOf({ reviewer, onBehalfOf }: JudgedSignOff): string {
  return onBehalfOf === null ? reviewer : `${reviewer}, for ${onBehalfOf},`
}

function reviewersOf({ reviewers }: StageRule): string {
  if (reviewers.length === 0) return 'anybody who may write the published project can approve'
  const names = reviewers.map((party) =>
    'group' in party ? `group "${party.group}"` : `user "${party.user}"`,
  )
  return `${names.join(', ')} can approve`
}

function toMessage(
  severity: Severity,
  code: string,
  title: string,
  text: Pick<Message, 'message' | 'details'>,
): Message {
  return { severity, isFatal: severity === 'ERROR', code, title, ...text }
}
