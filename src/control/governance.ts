import { isSignedBy } from '../access/minisign.ts'
import type { Bundle } from '../domain/bundle.ts'
import { GovernanceError } from '../domain/errors.ts'
import {
  type BundleSignature,
  ruleOf,
  type SigningKey,
  type SignOff,
  type StageRule,
} from '../domain/governance.ts'
import type { EpochMs } from '../domain/ids.ts'
import type { Infra } from '../domain/infra.ts'
import { judgeBundle } from '../domain/judge-bundle.ts'
import type { Message } from '../domain/message.ts'
import type { PublishedProject } from '../domain/published-project.ts'
import { getGovernanceRules, listBundleSignatures, listSigningKeys } from '../store/governance.ts'
import { listStandingSignOffs } from '../store/sign-offs.ts'
import type { Tx } from '../store/store.ts'
import type { Scope } from './perform.ts'

/** Whether a bundle may be deployed in a stage, as things are now. */
interface GovernanceQuestion {
  readonly publishedProject: Pick<PublishedProject, 'id'>
  readonly bundle: Bundle
  /** Its name. */
  readonly stage: string
  readonly now: EpochMs
}

/** What a stage asks of a bundle and what there is of it. @see judgeBundle */
async function checkGovernance(tx: Tx, question: GovernanceQuestion): Promise<Message[]> {
  const { publishedProject, bundle, stage, now } = question
  const rule = ruleOf(await getGovernanceRules(tx, publishedProject.id), stage)
  const signatures = await judgeSignatures(tx, question)
  const signOffs = await listStandingSignOffs(tx, bundle.id, stage)
  return judgeAsStored({ bundle, stage, rule, signOffs, signatures }, now)
}

/** {@link judgeBundle} of what was read already. */
export function judgeAsStored(
  found: {
    readonly bundle: Bundle
    readonly stage: string
    readonly rule: StageRule | null
    readonly signOffs: readonly SignOff[]
    readonly signatures: readonly JudgedSignature[]
  },
  now: EpochMs,
): Message[] {
  const { bundle, signatures } = found
  return judgeBundle(
    {
      ...found,
      bundle: `${bundle.name}@${bundle.version}`,
      publishedBy: bundle.createdBy,
      signatures: signatures.map(({ signature, key }) => ({ keyId: signature.keyId, key })),
    },
    now,
  )
}

/** A signature with the name of the trusted key that it is made with; null: with none of them. */
interface JudgedSignature {
  readonly signature: BundleSignature
  readonly key: string | null
}

/** The signatures of a bundle, compared with the keys that its published project trusts now. */
export async function judgeSignatures(
  tx: Tx,
  { publishedProject, bundle }: Pick<GovernanceQuestion, 'publishedProject' | 'bundle'>,
): Promise<JudgedSignature[]> {
  const keys = await listSigningKeys(tx, publishedProject.id)
  const signatures = await listBundleSignatures(tx, bundle.id)
  return signatures.map((signature) => ({ signature, key: keyOf(signature, keys)?.name ?? null }))
}

/** The key that the signature is made with. Ids prove nothing: the signature is verified each time. */
function keyOf(
  { text, hash }: Pick<BundleSignature, 'text' | 'hash'>,
  keys: readonly SigningKey[],
): SigningKey | undefined {
  return keys.find((key) => isSignedBy(text, hash, key))
}

/** What is found about a bundle that is to be deployed on an infra: nothing where nobody looks, warnings where it only warns. */
export async function askGovernance(
  tx: Tx,
  { infra, publishedProject, bundle }: Pick<GovernanceRequest, 'infra' | 'publishedProject' | 'bundle'>,
  now: EpochMs,
): Promise<readonly Message[]> {
  if (infra.governance === 'NO_CHECK') return []
  const found = await checkGovernance(tx, { publishedProject, bundle, stage: infra.stage, now })
  return infra.governance === 'WARN' ? found.map(toWarning) : found
}

/** A bundle that is to be deployed somewhere. */
interface GovernanceRequest {
  /** For whom: `deployment "web"`. */
  readonly for: string
  readonly infra: Pick<Infra, 'name' | 'stage' | 'governance'>
  readonly publishedProject: Pick<PublishedProject, 'id'>
  readonly bundle: Bundle
  /** Go on where the infra only warns. */
  readonly ignoreWarnings?: boolean | undefined
}

/**
 * Lets a bundle pass or not, as the infra's policy says, and writes down what was asked and found. `PREVENT` lets no error
 * pass; `WARN` makes warnings of them, and lets those pass whoever asks ignores; `NO_CHECK` asks nothing.
 * @returns what was found, for whoever asks
 * @throws GovernanceError which is kept for the audit where the change is made (perform.ts)
 */
export async function enforceGovernance(
  { tx, now, principal, event }: Scope,
  request: GovernanceRequest,
): Promise<readonly Message[]> {
  const { infra, bundle, ignoreWarnings = false } = request
  if (infra.governance === 'NO_CHECK') return []
  const messages = await askGovernance(tx, request, now)
  const mayIgnore = infra.governance === 'WARN'
  const against = messages.filter(({ severity }) => severity === 'ERROR' || severity === 'WARNING')
  const fullName = `${bundle.name}@${bundle.version}`
  const what = `bundle ${fullName} for ${request.for} on infra "${infra.name}" (stage "${infra.stage}")`
  if (against.length > 0 && !(mayIgnore && ignoreWarnings)) {
    throw new GovernanceError(what, { messages, mayIgnore })
  }
  event({
    type: against.length > 0 ? 'governance.ignored' : 'governance.passed',
    level: against.length > 0 ? 'warning' : 'info',
    because:
      against.length > 0
        ? `${principal.name} let ${what} pass in spite of: ${against.map(({ message }) => message).join('; ')}`
        : `nothing speaks against ${what}`,
    data: {
      bundle: fullName,
      stage: infra.stage,
      infra: infra.name,
      policy: infra.governance,
      messages: messages.map(({ severity, code, message }) => ({ severity, code, message })),
    },
  })
  return messages
}

function toWarning(message: Message): Message {
  return message.severity === 'ERROR' ? { ...message, severity: 'WARNING', isFatal: false } : message
}
