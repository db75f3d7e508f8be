import type { PlatformVersion } from '../domain/platform-version.ts'
import type { ListedVersion } from './platform-versions.ts'

/** A server that says which version it is; enough to see versions move. */
const SERVER = `
const { createServer } = require('node:http')
const { DROVER_NODE: node, DROVER_VERSION: version } = process.env
const server = createServer((request, response) => response.end(JSON.stringify({ node, version })))
server.listen(Number(process.env.PORT), process.env.HOST)
process.on('SIGTERM', () => process.exit(0))
`

/**
 * The catalogue with a profile for every version.
 * @param isSimulated whether nodes that the catalogue says nothing of only pretend
 */
export function withProfiles(versions: readonly ListedVersion[], isSimulated: boolean): PlatformVersion[] {
  return versions.map((version) => ({ ...version, profile: version.profile ?? builtIn(isSimulated) }))
}

function builtIn(isSimulated: boolean): PlatformVersion['profile'] {
  if (isSimulated) return { type: 'scripted', properties: { latency: { startMs: { min: 200, max: 2000 } } } }
  return {
    type: 'process',
    properties: {
      command: ['node', '-e', SERVER.trim().replaceAll('\n', '; ')],
      port: true,
      healthCheck: { type: 'http', path: '/' },
    },
  }
}
