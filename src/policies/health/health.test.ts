import assert from 'node:assert/strict'
import { test } from 'node:test'
import { facts } from '../test-facts.ts'
import { healthPolicy } from './index.ts'
import { type HealthRules, healthRules, judgeFindings } from './rules.ts'

const rules = (detection: object, recovery: object = {}) =>
  healthRules('1.2', { detection, recovery } as never)
const modes = (...types: string[]) => ({ detectionModes: types.map((type) => ({ type })) })

test('what is not said has its default: asked every minute, made anew', () => {
  assert.deepEqual(rules({}), {
    intervalSeconds: 60,
    nodeUpdateTimeoutSeconds: 300,
    needsAll: false,
    detections: [{ by: 'status' }],
    recovery: {
      operation: 'RECREATE',
      params: {},
      fencesCompute: false,
      nodeDeleteTimeoutSeconds: 20,
      forceRecreate: false,
    },
  })
})

test('the rules follow the document', () => {
  const options = {
    pollUrl: 'http://{nodename}/health',
    pollUrlHealthyResponse: 'ok',
    pollUrlRetryLimit: '2',
  }
  const { needsAll, detections, recovery } = rules(
    {
      recoveryConditional: 'ALL_FAILED',
      detectionModes: [{ type: 'NODE_STATUS_POLLING' }, { type: 'NODE_STATUS_POLL_URL', options }],
    },
    {
      actions: [{ name: 'REBOOT', params: { type: 'HARD' } }],
      fencing: ['COMPUTE'],
      nodeForceRecreate: 'yes',
    },
  )
  assert.equal(needsAll, true)
  assert.deepEqual(detections, [
    { by: 'status' },
    {
      by: 'url',
      url: 'http://{nodename}/health',
      verifiesCertificate: true,
      countsUnreachable: true,
      healthyText: 'ok',
      retryLimit: 2,
      retryIntervalSeconds: 3,
    },
  ])
  assert.deepEqual(recovery, {
    operation: 'REBOOT',
    params: { type: 'HARD' },
    fencesCompute: true,
    nodeDeleteTimeoutSeconds: 20,
    forceRecreate: true,
  })
})

const refusals = [
  {
    name: 'the same way twice',
    detection: modes('NODE_STATUS_POLLING', 'NODE_STATUS_POLLING'),
    says: /only once/,
  },
  {
    name: 'events and polling',
    detection: modes('NODE_STATUS_POLLING', 'LIFECYCLE_EVENTS'),
    says: /stands alone/,
  },
  {
    name: 'an address that is none',
    detection: modes('NODE_STATUS_POLL_URL'),
    says: /\[0\]\.options\.pollUrl: must/,
  },
  {
    name: 'a place holder that nobody knows',
    detection: {
      detectionModes: [{ type: 'NODE_STATUS_POLL_URL', options: { pollUrl: 'http://{name}/' } }],
    },
    says: /pollUrl: knows no "\{name\}"; what may stand there is \{nodename\}, /,
  },
  {
    name: 'a pattern that is none',
    detection: {
      detectionModes: [
        {
          type: 'NODE_STATUS_POLL_URL',
          options: { pollUrl: 'http://{host}/', pollUrlHealthyResponse: 'ok(' },
        },
      ],
    },
    says: /pollUrlHealthyResponse: must be a regular expression/,
  },
  { name: 'an unknown way', detection: modes('GUESSING'), says: /detectionModes\[0\]\.type: must be one of/ },
]
for (const { name, detection, says } of refusals) {
  test(`${name} is refused`, () => {
    assert.throws(() => rules(detection), says)
  })
}

test('two ways of recovery are refused', () => {
  const actions = [{ name: 'REBOOT' }, { name: 'RECREATE' }]
  assert.throws(() => rules({}, { actions }), /recovery\.actions: may have at most 1/)
})

test('how often may be asked is the installation’s to say', () => {
  const spec = healthPolicy.parse('1.0', { detection: { interval: 30 }, recovery: {} })
  healthPolicy.checkLimits?.(spec, { healthMinIntervalSeconds: 30 })
  assert.throws(
    () => healthPolicy.checkLimits?.(spec, { healthMinIntervalSeconds: 60 }),
    /detection\.interval: must be at least 60 s on this server, not 30/,
  )
})

const findings = (...failed: boolean[]) =>
  failed.map((hasFailed, index) => ({ hasFailed, because: `reason ${index + 1}` }))
const cases = [
  { conditional: 'ANY_FAILED', found: [false, false], want: null },
  { conditional: 'ANY_FAILED', found: [false, true], want: 'reason 2' },
  { conditional: 'ALL_FAILED', found: [false, true], want: null },
  { conditional: 'ALL_FAILED', found: [true, true], want: 'reason 1; reason 2' },
  { conditional: 'ALL_FAILED', found: [], want: null },
]
for (const { conditional, found, want } of cases) {
  test(`with ${conditional}, findings [${found}] mean ${want === null ? 'a good node' : 'a failed node'}`, () => {
    const given: HealthRules = rules({ recoveryConditional: conditional })
    assert.equal(judgeFindings(given, findings(...found)), want)
  })
}

test('it says that nobody looks while nodes are taken away on purpose', () => {
  const spec = healthPolicy.parse('1.0', { detection: {}, recovery: {} })
  const verdict = healthPolicy.ask(spec, facts())
  assert.deepEqual(verdict.kind === 'narrow' && verdict.decisions, { suspendsHealth: true })
})
