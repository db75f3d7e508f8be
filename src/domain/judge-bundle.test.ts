import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { NO_RULE, type StageRule } from './governance.ts'
import { type BundleFacts, type JudgedSignOff, judgeBundle } from './judge-bundle.ts'

const HOUR = 3_600_000
const now = 100 * HOUR

const rule: StageRule = { ...NO_RULE, requiredSignOffs: 2, reviewers: [{ group: 'qa' }, { user: 'eve' }] }
const ada = signOff('user:ada', { groups: ['qa'] })
const bob = signOff('user:bob', { groups: ['qa'] })
const eve = signOff('user:eve', {})
const facts: BundleFacts = {
  bundle: 'web@2',
  publishedBy: 'ci',
  stage: 'Production',
  rule,
  signOffs: [],
  signatures: [],
}

function signOff(reviewer: string, more: Partial<JudgedSignOff>): JudgedSignOff {
  return {
    reviewer,
    onBehalfOf: null,
    groups: [],
    decision: 'APPROVED',
    comment: '',
    at: now - HOUR,
    expiresAt: null,
    ...more,
  }
}

const cases: readonly {
  readonly name: string
  readonly facts: Partial<BundleFacts>
  readonly want: readonly string[]
}[] = [
  { name: 'nothing is said where no rule is', facts: { rule: null }, want: [] },
  { name: 'who asks for nothing is told nothing', facts: { rule: NO_RULE }, want: [] },
  { name: 'approvals are missing', facts: {}, want: ['APPROVALS_MISSING'] },
  { name: 'one approval of two is not enough', facts: { signOffs: [ada] }, want: ['APPROVALS_MISSING'] },
  { name: 'two reviewers approve', facts: { signOffs: [ada, eve] }, want: ['APPROVALS_COMPLETE'] },
  {
    name: 'a rejection weighs more than all approvals',
    facts: { signOffs: [ada, bob, signOff('user:eve', { decision: 'REJECTED', comment: 'slow' })] },
    want: ['BUNDLE_REJECTED', 'APPROVALS_COMPLETE'],
  },
  {
    name: 'a rejection stands where no rule is',
    facts: { rule: null, signOffs: [signOff('user:eve', { decision: 'REJECTED' })] },
    want: ['BUNDLE_REJECTED'],
  },
  {
    name: 'a rejection does not expire, and needs no reviewer',
    facts: {
      rule: { ...rule, requiredSignOffs: 0, expiresAfterSeconds: 1 },
      signOffs: [signOff('user:gone', { decision: 'REJECTED', expiresAt: now - 1 })],
    },
    want: ['BUNDLE_REJECTED'],
  },
  {
    name: 'an approval expires by the rule at its very millisecond',
    facts: { rule: { ...rule, expiresAfterSeconds: 3600 }, signOffs: [ada, eve] },
    want: ['APPROVAL_EXPIRED', 'APPROVAL_EXPIRED', 'APPROVALS_MISSING'],
  },
  {
    name: 'an approval counts until the rule says it has expired',
    facts: { rule: { ...rule, expiresAfterSeconds: 3601 }, signOffs: [ada, eve] },
    want: ['APPROVALS_COMPLETE'],
  },
  {
    name: 'an approval expires when its reviewer said, though the rule gives it longer',
    facts: {
      rule: { ...rule, expiresAfterSeconds: 360_000 },
      signOffs: [ada, { ...eve, expiresAt: now - 1 }],
    },
    want: ['APPROVAL_EXPIRED', 'APPROVALS_MISSING'],
  },
  {
    name: 'the approval of who published does not count',
    facts: { publishedBy: 'user:ada', signOffs: [ada, eve] },
    want: ['APPROVAL_OF_PUBLISHER', 'APPROVALS_MISSING'],
  },
  {
    name: 'the approval of who published counts where the rule lets it',
    facts: { publishedBy: 'user:ada', rule: { ...rule, publisherMayApprove: true }, signOffs: [ada, eve] },
    want: ['APPROVALS_COMPLETE'],
  },
  {
    name: 'who published cannot have somebody else approve, nor approve for somebody else',
    facts: {
      publishedBy: 'user:ada',
      signOffs: [
        signOff('user:kim', { onBehalfOf: 'user:ada', groups: ['qa'] }),
        signOff('user:ada', { onBehalfOf: 'user:eve' }),
      ],
    },
    want: ['APPROVAL_OF_PUBLISHER', 'APPROVAL_OF_PUBLISHER', 'APPROVALS_MISSING'],
  },
  {
    name: 'the approval of who is no reviewer any more does not count',
    facts: { signOffs: [ada, signOff('user:kim', { groups: ['dev'] })] },
    want: ['APPROVAL_OF_OTHERS', 'APPROVALS_MISSING'],
  },
  {
    name: 'a delegate counts for who delegated',
    facts: { signOffs: [ada, signOff('user:kim', { onBehalfOf: 'user:eve' })] },
    want: ['APPROVALS_COMPLETE'],
  },
  {
    name: 'a reviewer and their delegate are one',
    facts: { signOffs: [eve, signOff('user:kim', { onBehalfOf: 'user:eve' })] },
    want: ['APPROVALS_MISSING'],
  },
  {
    name: 'where nobody is named, whoever could sign off counts',
    facts: { rule: { ...rule, reviewers: [] }, signOffs: [ada, signOff('user:kim', {})] },
    want: ['APPROVALS_COMPLETE'],
  },
  {
    name: 'a signature is asked for',
    facts: { rule: { ...NO_RULE, requireSignature: true } },
    want: ['SIGNATURE_MISSING'],
  },
  {
    name: 'a signature with a key that is not trusted is none',
    facts: { rule: { ...NO_RULE, requireSignature: true }, signatures: [{ keyId: 'AA', key: null }] },
    want: ['SIGNATURE_MISSING'],
  },
  {
    name: 'one trusted signature is enough',
    facts: {
      rule: { ...NO_RULE, requireSignature: true },
      signatures: [
        { keyId: 'AA', key: null },
        { keyId: 'BB', key: 'release' },
      ],
    },
    want: ['SIGNATURE_TRUSTED'],
  },
  {
    name: 'a signature is told where none is asked for',
    facts: { rule: null, signatures: [{ keyId: 'BB', key: 'release' }] },
    want: ['SIGNATURE_TRUSTED'],
  },
]

for (const { name, facts: changed, want } of cases) {
  test(name, () => {
    const messages = judgeBundle({ ...facts, ...changed }, now)
    assert.deepEqual(
      messages.map(({ code }) => code),
      want,
    )
    for (const { severity, isFatal } of messages) assert.equal(isFatal, severity === 'ERROR')
  })
}

test('what is missing is said with who can give it and how', () => {
  const [missing] = judgeBundle({ ...facts, signOffs: [ada] }, now)
  assert.equal(missing?.message, 'bundle web@2 has 1 of 2 approvals for stage "Production"')
  assert.equal(
    missing?.details,
    'group "qa", user "eve" can approve: drover approval approve web@2 --stage "Production"',
  )
})

const person = fc.constantFrom('user:ada', 'user:bob', 'user:eve', 'user:kim', 'ci')
const instant = fc.integer({ min: now - 3 * HOUR, max: now + HOUR })
const arbitrarySignOff: fc.Arbitrary<JudgedSignOff> = fc.record({
  reviewer: person,
  onBehalfOf: fc.option(person, { nil: null }),
  groups: fc.subarray(['qa', 'dev']),
  decision: fc.constantFrom('APPROVED', 'APPROVED', 'APPROVED', 'REJECTED'),
  comment: fc.constant(''),
  at: instant,
  expiresAt: fc.option(instant, { nil: null }),
})
const arbitraryFacts: fc.Arbitrary<BundleFacts> = fc.record({
  bundle: fc.constant('web@2'),
  publishedBy: person,
  stage: fc.constant('Test'),
  rule: fc.option(
    fc.record({
      requiredSignOffs: fc.integer({ min: 0, max: 3 }),
      reviewers: fc.subarray([{ group: 'qa' }, { group: 'dev' }, { user: 'eve' }]),
      expiresAfterSeconds: fc.option(fc.integer({ min: 1, max: 10_000 }), { nil: null }),
      publisherMayApprove: fc.boolean(),
      requireSignature: fc.boolean(),
    }),
    { nil: null, freq: 8 },
  ),
  signOffs: fc.uniqueArray(arbitrarySignOff, { maxLength: 6, selector: ({ reviewer }) => reviewer }),
  signatures: fc.array(
    fc.record({ keyId: fc.constantFrom('AA', 'BB'), key: fc.option(fc.constant('release'), { nil: null }) }),
    { maxLength: 2 },
  ),
})

/** The rule once more, by counting people instead of explaining approvals. */
function mayPass({ rule, publishedBy, signOffs, signatures }: BundleFacts): boolean {
  if (signOffs.some(({ decision }) => decision === 'REJECTED')) return false
  if (rule === null) return true
  if (rule.requireSignature && signatures.every(({ key }) => key === null)) return false
  const people = new Set<string>()
  for (const { reviewer, onBehalfOf, groups, at, expiresAt } of signOffs) {
    const person = onBehalfOf ?? reviewer
    const isListed =
      (groups.includes('qa') && rule.reviewers.some((one) => 'group' in one && one.group === 'qa')) ||
      (groups.includes('dev') && rule.reviewers.some((one) => 'group' in one && one.group === 'dev')) ||
      (person === 'user:eve' && rule.reviewers.some((one) => 'user' in one))
    if (rule.reviewers.length > 0 && !isListed) continue
    if (!rule.publisherMayApprove && [reviewer, onBehalfOf].includes(publishedBy)) continue
    if (expiresAt !== null && now >= expiresAt) continue
    if (rule.expiresAfterSeconds !== null && now >= at + rule.expiresAfterSeconds * 1000) continue
    people.add(person)
  }
  return people.size >= rule.requiredSignOffs
}

test('no bundle passes without enough distinct, unexpired approvals by allowed reviewers, or with a rejection', () => {
  let passed = 0
  fc.assert(
    fc.property(arbitraryFacts, (given) => {
      const passes = judgeBundle(given, now).every(({ severity }) => severity !== 'ERROR')
      if (passes) passed += 1
      assert.equal(passes, mayPass(given))
    }),
    { numRuns: 2000 },
  )
  assert.ok(passed > 100, `${passed} passed: the property says little`)
})

test('one more approval never takes a bundle back, and a rejection always does', () => {
  fc.assert(
    fc.property(arbitraryFacts, arbitrarySignOff, (given, more) => {
      const before = judgeBundle(given, now).some(({ severity }) => severity === 'ERROR')
      const signOffs = [...given.signOffs, { ...more, reviewer: 'user:new' }]
      const after = judgeBundle({ ...given, signOffs }, now).some(({ severity }) => severity === 'ERROR')
      assert.ok(more.decision === 'REJECTED' ? after : !after || before)
    }),
  )
})
