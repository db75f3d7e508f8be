import { json, type Table } from './ask.ts'

/** What a client asks of the instance itself. */
export const instanceRoutes: Table = {
  '/instance-info': {
    GET: async () => json({ nodeId: 'drover', nodeName: 'Drover', nodeType: 'DEPLOYER' }),
  },
}
