import { errorTitle, httpStatus } from '../../src/api/error-status.ts'
import type { ErrorCode } from '../../src/domain/errors.ts'

/** What to do about each code. A new code does not compile until it has a sentence here. */
const WAY_OUT: Record<ErrorCode, string> = {
  invalid_request: 'Correct the field that `field` names.',
  unauthenticated: 'Send an API key that exists, has not expired and was not revoked.',
  forbidden: 'Ask an administrator for a role that allows it; `detail` names the one that is needed.',
  not_found: 'Check the id or name, and the project.',
  already_exists: 'Choose another name, or use the one that is there.',
  ambiguous: 'Give the id of the one that is meant; `detail` has them.',
  in_use: 'First change or delete what uses it; `detail` names it.',
  conflict:
    'Wait for what `detail` names (`updateId`, if it is an update), or cancel it. If `retryable`: ask again.',
  cooldown: 'Ask again when the time that `detail` names has passed.',
  invalid_state: 'Look at its status: what was asked is not possible in it.',
  governance_refused:
    'See to what `messages` says: approvals, a signature, a rejection. Where the infra only warns, ask again with `ignoreWarnings`.',
  not_ready: 'See to what `detail` names and ask again, or ask with `force`.',
  cancelled: 'Nothing, or ask again: somebody or something called it off.',
  precondition_failed: 'Read it again and repeat the change with the new ETag.',
  too_large: 'Send less, or have the operator raise the limit that `detail` names.',
  invalid_spec:
    'Correct the property that `field` names, in the profile, the manifest, the template or the settings.',
  invalid_bundle: 'Make the zip anew without what `detail` names; nothing of it was kept.',
  idempotency_mismatch: 'Use a new key for a new request.',
  limit_exceeded: 'Ask for less, or have the limit that `detail` names raised.',
  rate_limited: 'Wait as long as the Retry-After header says.',
  internal: 'Report it, with the program log around that time: this is a bug.',
  runtime_failed: 'Read `detail`, then the logs of the node.',
  balancer_failed: 'Read `detail`: it names the balancer and what it said. See to it, then repeat.',
  source_failed:
    'Read `detail`: it names bucket and key, and what is wrong: credentials, the network, or the object. See to it, then repeat.',
  hook_failed: 'Read the output of the hook in the logs of the node.',
  lease_lost: 'Repeat the request.',
  store_unavailable: 'See to the disk and the database; repeat the request.',
  schema_too_new:
    'Start the newer Drover that wrote this database, or restore a backup from before the upgrade.',
  secret_unreadable:
    'Give the server every key that its secrets were sealed with (docs/operations.md, Secrets), or make the thing anew.',
  timed_out: 'Repeat the request; look at what it was about first.',
}

/** docs/errors.md: every error code with its HTTP status and the way out. */
export function describeErrors(): string {
  const codes = (Object.keys(httpStatus) as ErrorCode[]).sort()
  return [
    '# Errors',
    '',
    'Every refusal carries a stable `code`. Over HTTP it comes as problem details (RFC 9457):',
    '',
    '```json',
    JSON.stringify(EXAMPLE, null, 2),
    '```',
    '',
    '`retryable: true` means that the same request may succeed later without anybody changing anything.',
    'Act on the `code`, never on the text. A code never changes its meaning and is never used again for another.',
    '',
    '| code | HTTP | means | way out |',
    '|---|---|---|---|',
    ...codes.map((code) => `| \`${code}\` | ${httpStatus[code]} | ${errorTitle[code]} | ${WAY_OUT[code]} |`),
  ].join('\n')
}

const EXAMPLE = {
  type: 'urn:drover:error:invalid_request',
  title: errorTitle.invalid_request,
  status: httpStatus.invalid_request,
  detail:
    'params.maxUnavailable: must be a whole number of at least 1 or a percentage from "1%" to "100%", not 0',
  code: 'invalid_request',
  field: 'params.maxUnavailable',
  retryable: false,
}
