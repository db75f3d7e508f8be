import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ConflictError,
  DroverError,
  type ErrorCode,
  GovernanceError,
  InvalidRequestError,
} from '../domain/errors.ts'
import type { UpdateId } from '../domain/ids.ts'
import type { Message } from '../domain/message.ts'
import { errorTitle, httpStatus } from './error-status.ts'
import { toProblem } from './problem.ts'

test('every code has a status, a title and a type of its own', () => {
  for (const code of Object.keys(httpStatus) as ErrorCode[]) {
    const problem = toProblem(new DroverError(code, 'the reason', { retryable: true, field: 'a.b' }), 'r1')
    assert.deepEqual(problem, {
      type: `urn:drover:error:${code}`,
      title: errorTitle[code],
      status: httpStatus[code],
      detail: code === 'internal' ? problem.detail : 'the reason',
      code,
      field: 'a.b',
      retryable: true,
      requestId: 'r1',
    })
  }
})

test('a conflict names the update, and a rule the field', () => {
  assert.equal(toProblem(new ConflictError('u1' as UpdateId), 'r').updateId, 'u1')
  const broken = toProblem(new InvalidRequestError('params.maxUnavailable', 'must be at least 1'), 'r')
  assert.deepEqual(
    [broken.field, broken.detail],
    ['params.maxUnavailable', 'params.maxUnavailable: must be at least 1'],
  )
})

test('a refusal by governance says all that was found', () => {
  const missing: Message = {
    severity: 'ERROR',
    isFatal: true,
    code: 'APPROVALS_MISSING',
    title: 'Approvals are missing',
    message: 'bundle web@2 has 0 of 1 approvals for stage "Test"',
    details: '',
  }
  const problem = toProblem(
    new GovernanceError('deployment "web" cannot get it', { messages: [missing], mayIgnore: true }),
    'r',
  )
  assert.deepEqual([problem.code, problem.status, problem.messages], ['governance_refused', 409, [missing]])
  assert.match(problem.detail, /0 of 1 approvals.*ignoreWarnings/)
})

test('what was not raised on purpose keeps its message to itself', () => {
  for (const thrown of [new Error('password=hunter2'), 'hunter2', { message: 'hunter2' }, undefined]) {
    const problem = toProblem(thrown, 'r1')
    assert.equal(problem.status, 500)
    assert.ok(!JSON.stringify(problem).includes('hunter2'))
    assert.match(problem.detail, /r1/)
  }
})
