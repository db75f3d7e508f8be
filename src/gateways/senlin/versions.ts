import type { Answer, Ask, OpenTable } from './ask.ts'
import { NEWEST, toText } from './microversion.ts'

/** How a client finds out what is spoken here. */
export const versionRoutes: OpenTable = {
  '/': { GET: { run: list } },
  '/versions': { GET: { run: list } },
  '/v1': { GET: { run: show } },
  '/v1/': { GET: { run: show } },
}

async function list({ base }: Pick<Ask, 'base'>): Promise<Answer> {
  return { status: 300, body: { versions: [describe(base)] } }
}

async function show({ base }: Pick<Ask, 'base'>): Promise<Answer> {
  return { status: 200, body: { version: describe(base) } }
}

function describe(base: string): object {
  return {
    id: '1.0',
    status: 'CURRENT',
    updated: '2016-01-18T00:00:00Z',
    links: [
      { rel: 'self', href: `${base}/v1` },
      { rel: 'help', href: 'https://docs.openstack.org/api-ref/clustering' },
    ],
    'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.clustering-v1+json' }],
    min_version: toText(0),
    max_version: toText(NEWEST),
  }
}
