import { type Static, Type } from 'typebox'
import type { BundleStatus, StageStatus } from '../../control/governance-verbs.ts'
import type {
  BundleSignature,
  Delegation,
  GovernanceRules,
  SigningKey,
  SignOff,
  SignOffDecision,
  StageRule,
} from '../../domain/governance.ts'
import type { Party } from '../../domain/permissions.ts'
import { MessageOfDeployer } from '../deployments/resource.ts'
import { presentMessage } from '../messages.ts'
import {
  FreeObject,
  NullableInteger,
  NullableString,
  nullableRef,
  OptionalTime,
  oneOf,
  record,
  ref,
  Time,
  toOptionalTime,
  toTime,
} from '../schema.ts'

const DECISIONS = ['APPROVED', 'REJECTED'] satisfies SignOffDecision[]

export const Reviewers = Type.Unsafe<readonly Party[]>(
  Type.Array(
    record({
      group: Type.Optional(Type.String({ maxLength: 63 })),
      user: Type.Optional(Type.String({ maxLength: 255 })),
    }),
    {
      maxItems: 100,
      description:
        'Groups and users whose sign-offs count. Empty: everybody who may write the published project.',
    },
  ),
)

const signOffExample = {
  id: '0193e1a0-6c1e-7000-8a3b-5f5e0c9d1b2a',
  bundle: 'web@2',
  stage: 'Production',
  reviewer: 'user:ada',
  onBehalfOf: null,
  decision: 'APPROVED',
  comment: 'load test passed',
  at: '2026-11-21T10:00:00.000Z',
  expiresAt: null,
  endedAt: null,
  endedBy: null,
}

export const SignOffResource = record(
  {
    id: Type.String(),
    bundle: Type.String({ description: '`name@version`.' }),
    stage: Type.String(),
    reviewer: Type.String({ description: 'The name of the principal who said it.' }),
    onBehalfOf: Type.Unsafe<string | null>({
      ...NullableString,
      description: 'The principal who delegated it to the reviewer.',
    }),
    decision: oneOf(DECISIONS),
    comment: Type.String(),
    at: Time,
    expiresAt: OptionalTime,
    endedAt: OptionalTime,
    endedBy: Type.Unsafe<string | null>({
      ...NullableString,
      description: 'Who withdrew it or took its place; null while it stands.',
    }),
  },
  {
    $id: 'SignOff',
    description: 'What a reviewer said about a bundle for a stage.',
    examples: [signOffExample],
  },
)

const ruleExample = {
  requiredSignOffs: 2,
  reviewers: [{ group: 'qa' }],
  expiresAfterSeconds: 2592000,
  publisherMayApprove: false,
  requireSignature: true,
}

export const StageRuleResource = record(
  {
    requiredSignOffs: Type.Integer({ description: 'How many reviewers have to approve.' }),
    reviewers: Reviewers,
    expiresAfterSeconds: Type.Unsafe<number | null>({
      ...NullableInteger,
      description: 'How long an approval counts; null: for ever.',
    }),
    publisherMayApprove: Type.Boolean({
      description: 'Whether the approval of who published the bundle counts.',
    }),
    requireSignature: Type.Boolean({ description: 'Whether the bundle must be signed with a trusted key.' }),
  },
  {
    $id: 'StageRule',
    description: 'What a bundle needs before it is deployed in a stage.',
    examples: [ruleExample],
  },
)

export const GovernanceResource = record(
  {
    stages: Type.Unsafe<Readonly<Record<string, Static<typeof StageRuleResource>>>>({
      type: 'object',
      additionalProperties: ref(StageRuleResource),
      description: 'Rules by the name of the stage. A stage that is not named asks for nothing.',
    }),
    updatedAt: OptionalTime,
    updatedBy: NullableString,
    version: Type.Integer({ description: 'Counts changes; the ETag.' }),
  },
  {
    $id: 'Governance',
    description: 'The rules of a published project.',
    examples: [
      {
        stages: { Production: ruleExample },
        updatedAt: '2026-11-21T10:00:00.000Z',
        updatedBy: 'admin',
        version: 1,
      },
    ],
  },
)

const keyExample = {
  id: '0193e1a0-6c1e-7000-8a3b-5f5e0c9d1b2c',
  name: 'release',
  keyId: '5733F41AC7F61ED6',
  publicKey: 'RWTWHvbHGvQzV5VN0NuxmVoSDRNtYkEr7ZjLu+IVUeN0ikRKGJbLTQoe',
  createdAt: '2026-11-21T10:00:00.000Z',
  createdBy: 'admin',
}

export const SigningKeyResource = record(
  {
    id: Type.String(),
    name: Type.String(),
    keyId: Type.String({ description: 'As minisign shows it.' }),
    publicKey: Type.String({ description: 'The second line of the `.pub` file.' }),
    createdAt: Time,
    createdBy: Type.String(),
  },
  {
    $id: 'SigningKey',
    description: 'A public key that a published project trusts.',
    examples: [keyExample],
  },
)

const signatureExample = {
  id: '0193e1a0-6c1e-7000-8a3b-5f5e0c9d1b2e',
  keyId: '5733F41AC7F61ED6',
  comment: 'web 2, built by ci',
  addedAt: '2026-11-21T10:00:00.000Z',
  addedBy: 'ci',
}

const signatureFields = {
  id: Type.String(),
  keyId: Type.String({ description: 'Of the key that it says it is made with.' }),
  comment: Type.String({ description: 'What the signer wrote, which is signed, too.' }),
  addedAt: Time,
  addedBy: Type.String(),
}

export const BundleSignatureResource = record(signatureFields, {
  $id: 'BundleSignature',
  description: 'A signature over the bytes of a bundle.',
  examples: [signatureExample],
})

export const DelegationResource = record(
  {
    id: Type.String(),
    from: Type.String({ description: 'The principal whose right it is.' }),
    to: Type.String({ description: 'The principal who may use it.' }),
    until: Time,
    createdAt: Time,
    endedAt: OptionalTime,
  },
  {
    $id: 'Delegation',
    description: 'Somebody else who may sign off for a reviewer until a time.',
    examples: [
      {
        id: '0193e1a0-6c1e-7000-8a3b-5f5e0c9d1b2d',
        from: 'user:ada',
        to: 'user:kim',
        until: '2026-11-28T10:00:00.000Z',
        createdAt: '2026-11-21T10:00:00.000Z',
        endedAt: null,
      },
    ],
  },
)

const provenanceExample = {
  publishedBy: 'ci',
  at: '2026-11-21T10:00:00.000Z',
  source: { kind: 'upload' },
  digest: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  signatures: [{ ...signatureExample, trustedKey: 'release' }],
}

export const BundleStatusResource = record(
  {
    bundle: Type.String({ description: '`name@version`.' }),
    publishedProject: Type.String({ description: 'Its key.' }),
    provenance: record({
      publishedBy: Type.String(),
      at: Time,
      source: FreeObject,
      digest: Type.String({ description: 'SHA-256 of the zip.' }),
      signatures: Type.Array(
        record({
          ...signatureFields,
          trustedKey: Type.Unsafe<string | null>({
            ...NullableString,
            description: 'Name of the trusted key that it is made with; null: with none of them.',
          }),
        }),
      ),
    }),
    stages: Type.Array(
      record({
        stage: Type.String(),
        passes: Type.Boolean({ description: 'Whether nothing speaks against deploying it there.' }),
        rule: nullableRef(StageRuleResource),
        signOffs: Type.Array(ref(SignOffResource), { description: 'Those that stand.' }),
        messages: Type.Array(ref(MessageOfDeployer)),
      }),
    ),
  },
  {
    $id: 'BundleStatus',
    description: 'What a bundle has, and what it still needs, by stage.',
    examples: [
      {
        bundle: 'web@2',
        publishedProject: 'web',
        provenance: provenanceExample,
        stages: [
          {
            stage: 'Production',
            passes: false,
            rule: ruleExample,
            signOffs: [signOffExample],
            messages: [],
          },
        ],
      },
    ],
  },
)

export function presentSignOff(signOff: SignOff): Static<typeof SignOffResource> {
  const { id, bundle, stage, reviewer, onBehalfOf, decision, comment, endedBy } = signOff
  return {
    ...{ id, bundle, stage, reviewer, onBehalfOf, decision, comment, endedBy },
    at: toTime(signOff.at),
    expiresAt: toOptionalTime(signOff.expiresAt),
    endedAt: toOptionalTime(signOff.endedAt),
  }
}

function presentRule(rule: StageRule): Static<typeof StageRuleResource> {
  const { requiredSignOffs, reviewers, expiresAfterSeconds, publisherMayApprove, requireSignature } = rule
  return { requiredSignOffs, reviewers, expiresAfterSeconds, publisherMayApprove, requireSignature }
}

export function presentGovernance(rules: GovernanceRules): Static<typeof GovernanceResource> {
  return {
    stages: Object.fromEntries(
      Object.entries(rules.stages).map(([stage, rule]) => [stage, presentRule(rule)]),
    ),
    updatedAt: toOptionalTime(rules.updatedAt),
    updatedBy: rules.updatedBy,
    version: rules.version,
  }
}

export function presentSigningKey(key: SigningKey): Static<typeof SigningKeyResource> {
  const { id, name, keyId, publicKey, createdBy } = key
  return { id, name, keyId, publicKey, createdAt: toTime(key.createdAt), createdBy }
}

export function presentSignature(signature: BundleSignature): Static<typeof BundleSignatureResource> {
  const { id, keyId, comment, addedBy } = signature
  return { id, keyId, comment, addedAt: toTime(signature.addedAt), addedBy }
}

export function presentDelegation(delegation: Delegation): Static<typeof DelegationResource> {
  const { id, from, to } = delegation
  return {
    ...{ id, from, to },
    until: toTime(delegation.until),
    createdAt: toTime(delegation.createdAt),
    endedAt: toOptionalTime(delegation.endedAt),
  }
}

export function presentBundleStatus(status: BundleStatus): Static<typeof BundleStatusResource> {
  const { publishedBy, at, source, digest, signatures } = status.provenance
  return {
    bundle: status.bundle,
    publishedProject: status.publishedProject.key,
    provenance: {
      ...{ publishedBy, source, digest },
      at: toTime(at),
      signatures: signatures.map(({ signature, key }) => ({
        ...presentSignature(signature),
        trustedKey: key,
      })),
    },
    stages: status.stages.map(presentStage),
  }
}

function presentStage({ stage, passes, rule, signOffs, messages }: StageStatus) {
  return {
    ...{ stage, passes },
    rule: rule && presentRule(rule),
    signOffs: signOffs.map(presentSignOff),
    messages: messages.map(presentMessage),
  }
}
