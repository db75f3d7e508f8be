import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import { withProfiles } from './platform-nodes.ts'
import { DEFAULT_VERSIONS, readVersions } from './platform-versions.ts'

const one = { version: '1.34', releaseDate: '2025-10-02', default: true }

test('a catalogue of versions is read from YAML and from JSON, lowest first', () => {
  const text = `
- version: "1.10"
  releaseDate: 2025-10-02
  default: true
  profile: large
- version: "1.9"
  releaseDate: 2025-01-23
  build: drover.7
  patch: 1.9.4
  endOfStandardSupport: 2026-03-23
  profile: { type: scripted, properties: { port: true } }
`
  const fromYaml = readVersions(parse(text))
  assert.deepEqual(fromYaml, [
    {
      ...{ version: '1.9', build: 'drover.7', patch: '1.9.4', isDefault: false },
      releasedAt: Date.parse('2025-01-23'),
      standardSupportEndsAt: Date.parse('2026-03-23'),
      extendedSupportEndsAt: Date.parse('2026-03-23'),
      profile: { type: 'scripted', properties: { port: true } },
    },
    {
      ...{ version: '1.10', build: 'drover.1', patch: '1.10.0', isDefault: true },
      releasedAt: Date.parse('2025-10-02'),
      standardSupportEndsAt: null,
      extendedSupportEndsAt: null,
      profile: { name: 'large' },
    },
  ])
  assert.deepEqual(readVersions(JSON.stringify(parse(text))), fromYaml)
  assert.deepEqual(readVersions([]), [])
})

test('a catalogue with a mistake in it is refused', () => {
  const mistakes: unknown[] = [
    {},
    'no json',
    [{ ...one, version: 1.34 }],
    [{ ...one, version: '1.34.1' }],
    [{ ...one, default: false }],
    [one, { ...one, version: '1.33' }],
    [one, { ...one, default: false }],
    [{ ...one, releaseDate: 'soon' }],
    [{ ...one, releasedate: '2025-10-02' }],
    [{ ...one, profile: { type: 'scripted', more: 1 } }],
    [{ ...one, profile: {} }],
    [{ ...one, endOfStandardSupport: 'never' }],
  ]
  for (const mistake of mistakes) assert.equal(readVersions(mistake), undefined, JSON.stringify(mistake))
})

test('versions of which the catalogue names no profile have one built in', () => {
  const [real] = withProfiles(DEFAULT_VERSIONS, false)
  const [simulated] = withProfiles(DEFAULT_VERSIONS, true)
  assert.equal(real && 'type' in real.profile && real.profile.type, 'process')
  assert.equal(simulated && 'type' in simulated.profile && simulated.profile.type, 'scripted')
})
