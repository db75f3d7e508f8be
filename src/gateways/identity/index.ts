import type { Gateway } from '../gateway.ts'
import { addRoutes } from './routes.ts'

/**
 * OpenStack Identity v3, as much of Keystone as clients of other services need to log in and to find them.
 * @see README.md beside this file
 */
export const identityGateway: Gateway = {
  name: 'identity',
  prefix: '/gateways/identity',
  catalog: { type: 'identity', name: 'keystone' },
  setup: (url) => [
    `export OS_AUTH_URL=${url}/v3`,
    'export OS_IDENTITY_API_VERSION=3',
    'export OS_USERNAME=<user>',
    'export OS_USER_DOMAIN_NAME=Default',
    'export OS_PROJECT_NAME=<project>',
    'export OS_PROJECT_DOMAIN_NAME=Default',
    'export OS_REGION_NAME=RegionOne',
  ],
  register: addRoutes,
}
