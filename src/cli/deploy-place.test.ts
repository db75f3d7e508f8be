import assert from 'node:assert/strict'
import { test } from 'node:test'
import { choosePlace, type Places } from './deploy-place.ts'

const there: Places = {
  infras: [
    { name: 'test', stage: 'Test' },
    { name: 'east', stage: 'Production' },
    { name: 'west', stage: 'Production' },
    { name: 'Development', stage: 'Test' },
  ],
  stages: ['Development', 'Pre production', 'Test', 'Production'].map((name) => ({ name, description: '' })),
  used: [],
  createOn: undefined,
}

const chosen = [
  { name: 'an infra', to: 'west', want: ['west', 'Production', false] },
  { name: 'an infra before a stage of its name', to: 'Development', want: ['Development', 'Test', false] },
  {
    name: 'the only infra of a stage',
    to: 'Test',
    facts: { infras: there.infras.slice(0, 3) },
    want: ['test', 'Test', false],
  },
  {
    name: 'a stage in other letters',
    to: 'TEST',
    facts: { infras: there.infras.slice(0, 3) },
    want: ['test', 'Test', false],
  },
  {
    name: 'the infra of a stage that is used',
    to: 'production',
    facts: { used: ['west', 'test'] },
    want: ['west', 'Production', false],
  },
  {
    name: 'a new infra on a stage without any',
    to: 'Pre production',
    want: ['pre-production', 'Pre production', true],
  },
  {
    name: 'a new infra where that is said',
    to: 'north',
    facts: { createOn: 'production' },
    want: ['north', 'Production', true],
  },
  {
    name: 'a new infra of a stage’s name elsewhere',
    to: 'production',
    facts: { createOn: 'Test' },
    want: ['production', 'Test', true],
  },
  {
    name: 'an infra that is there after all',
    to: 'west',
    facts: { createOn: 'Test' },
    want: ['west', 'Production', false],
  },
]

for (const { name, to, facts, want } of chosen) {
  test(`deploys to ${name}`, () => {
    const { infra, stage, isNew } = choosePlace(to, { ...there, ...facts })
    assert.deepEqual([infra, stage, isNew], want)
  })
}

const refused = [
  {
    name: 'a name that nothing has',
    to: 'prodution',
    want: /neither an infra nor a stage; infras: test.*stages: Development/,
  },
  {
    name: 'a stage with several infras',
    to: 'production',
    want: /several infras .* Production: east, west$/,
  },
  {
    name: 'a stage with several used infras',
    to: 'production',
    facts: { used: ['east', 'west'] },
    want: /: east, west$/,
  },
  {
    name: 'a new infra on an unknown stage',
    to: 'north',
    facts: { createOn: 'Live' },
    want: /no stage "Live"/,
  },
]

for (const { name, to, facts, want } of refused) {
  test(`refuses to deploy to ${name}`, () => {
    assert.throws(() => choosePlace(to, { ...there, ...facts }), { message: want })
  })
}
