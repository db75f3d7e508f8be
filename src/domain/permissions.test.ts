import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isParty, type Permission, permits, RIGHTS, type Right } from './permissions.ts'
import { ROLES, type Role } from './principal.ts'

const nothing = { read: false, write: false, deploy: false, admin: false }
const ada = { name: 'user:ada', groups: ['qa'] }

const cases: readonly {
  readonly name: string
  readonly role: Role | null
  readonly permissions: readonly Permission[] | null
  readonly want: readonly Right[]
}[] = [
  { name: 'without a role nothing is allowed', role: null, permissions: null, want: [] },
  {
    name: 'without a role an entry is of no use',
    role: null,
    permissions: [{ user: 'ada', ...nothing, admin: true }],
    want: [],
  },
  { name: 'a viewer reads', role: 'viewer', permissions: null, want: ['read'] },
  {
    name: 'an operator deploys and writes',
    role: 'operator',
    permissions: null,
    want: ['read', 'write', 'deploy'],
  },
  { name: 'an administrator may do everything', role: 'administrator', permissions: null, want: RIGHTS },
  { name: 'an empty list leaves it to administrators', role: 'operator', permissions: [], want: [] },
  { name: 'no list keeps an administrator out', role: 'administrator', permissions: [], want: RIGHTS },
  {
    name: 'who may deploy may read, and not write',
    role: 'operator',
    permissions: [{ group: 'qa', ...nothing, deploy: true }],
    want: ['read', 'deploy'],
  },
  {
    name: 'who may write may read, and not deploy',
    role: 'operator',
    permissions: [{ user: 'ada', ...nothing, write: true }],
    want: ['read', 'write'],
  },
  {
    name: 'who may administer may write and read, and not deploy',
    role: 'operator',
    permissions: [{ group: 'qa', ...nothing, admin: true }],
    want: ['read', 'write', 'admin'],
  },
  {
    name: 'entries add up',
    role: 'operator',
    permissions: [
      { group: 'qa', ...nothing, write: true },
      { user: 'ada', ...nothing, deploy: true },
    ],
    want: ['read', 'write', 'deploy'],
  },
  {
    name: 'a viewer only reads, whatever is given',
    role: 'viewer',
    permissions: [{ group: 'qa', read: true, write: true, deploy: true, admin: true }],
    want: ['read'],
  },
  {
    name: 'what is given to others counts for nothing',
    role: 'operator',
    permissions: [
      { group: 'ops', read: true, write: true, deploy: true, admin: true },
      { user: 'eve', read: true, write: true, deploy: true, admin: true },
    ],
    want: [],
  },
]

for (const { name, role, permissions, want } of cases) {
  test(name, () => {
    const allowed = RIGHTS.filter((right) => permits(ada, permissions, right, role))
    assert.deepEqual(allowed, want)
  })
}

test('a user is not an API key of the same name, nor in a group of that name', () => {
  assert.equal(isParty({ name: 'ada' }, { user: 'ada' }), false)
  assert.equal(isParty({ name: 'user:ada' }, { user: 'ada' }), true)
  assert.equal(isParty({ name: 'user:ada' }, { group: 'ada' }), false)
  assert.equal(isParty({ name: 'ci', groups: ['ada'] }, { user: 'ada' }), false)
})

const bit = fc.boolean()
const rights = fc.record({ read: bit, write: bit, deploy: bit, admin: bit })
const name = fc.constantFrom('ada', 'eve', 'qa', 'ops')
const entry: fc.Arbitrary<Permission> = fc
  .tuple(fc.boolean(), name, rights)
  .map(([isGroup, who, given]) => (isGroup ? { group: who, ...given } : { user: who, ...given }))

test('a stronger role never has fewer rights, and whoever has any may read', () => {
  const permissions = fc.option(fc.array(entry, { maxLength: 4 }), { nil: null })
  fc.assert(
    fc.property(permissions, (given) => {
      const allowed = ROLES.map((role) => RIGHTS.filter((right) => permits(ada, given, right, role)))
      for (const [index, now] of allowed.entries()) {
        assert.ok(now.length === 0 || now.includes('read'))
        for (const right of allowed[index - 1] ?? []) assert.ok(now.includes(right))
      }
    }),
  )
})
