import { serveAwsService } from '../aws/service.ts'
import type { Gateway } from '../gateway.ts'
import { FAULTS, membersOf } from './errors.ts'
import { operations } from './routes.ts'

/** The kdb part of Amazon FinSpace, API version 2021-03-12, as AWS served it until October 2026. */
export const finspaceGateway: Gateway = {
  name: 'finspace',
  prefix: '/gateways/finspace',
  setup: (url) => [
    `AWS_ENDPOINT_URL_FINSPACE=${url}`,
    'AWS_REGION=us-east-1',
    'AWS_ACCESS_KEY_ID=<id of an access key: drover access-key create>',
    'AWS_SECRET_ACCESS_KEY=<its secret>',
  ],
  register(app, deps) {
    serveAwsService(app, deps, {
      name: 'finspace',
      faults: FAULTS,
      membersOf,
      operations: operations(deps.config.finspace),
    })
  },
}
