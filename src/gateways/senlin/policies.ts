import type { PolicyTypeView } from '../../control/policy-verbs.ts'
import { InvalidSpecError } from '../../domain/errors.ts'
import type { JsonObject } from '../../domain/ids.ts'
import type { Policy } from '../../domain/policy.ts'
import { type Answer, type Ask, ok, type Table } from './ask.ts'
import { Fault, missingText, specText } from './errors.ts'
import { map, name, readFields, unwrap, unwrapUpdate } from './fields.ts'
import { type ListRules, listAll, readListQuery } from './list-query.ts'
import { ANY_NAME } from './naming.ts'
import { fromPolicyType, toPolicyType } from './policy-names.ts'
import { userOf } from './present.ts'
import { readSpec, readTypeAndVersion } from './profiles.ts'
import { changesOf, deleted } from './refusals.ts'
import { readTexts, renameProperties } from './spec-schema.ts'
import { presentVersion } from './spec-version.ts'
import { toTime } from './time.ts'
import { toSnakeName } from './translate.ts'

export const policyRoutes: Table = {
  '/policies': { GET: { isRepeatable: true, run: list }, POST: { run: create } },
  '/policies/validate': { POST: { since: 2, run: validate } },
  '/policies/:id': { GET: { run: show }, PATCH: { run: update }, DELETE: { run: remove } },
}

const LIST: ListRules = {
  filters: { name: {}, type: {} },
  sort: { type: 'type', name: 'name', created_at: 'createdAt', updated_at: 'updatedAt' },
  defaultSort: 'createdAt',
}

async function list(ask: Ask): Promise<Answer> {
  const query = readListQuery(ask, LIST)
  const { name: names, type } = query.filters
  const filter = {
    ...(names && { name: names }),
    // A type is listed under its name, with or without its version.
    ...(type && { type: type.map((each) => fromPolicyType(each.replace(/-[\d.]+$/, ''))) }),
  }
  const policies = await listAll(ask, query, (caller, page) =>
    ask.control.policies.list(caller, filter, page),
  )
  const types = await ask.control.policies.types(ask.caller)
  return ok(
    'policies',
    policies.map((policy) => present(policy, types, ask)),
  )
}

async function create(ask: Ask): Promise<Answer> {
  const fields = { name: { check: name, required: true }, spec: { check: map, required: true } } as const
  const given = readFields(unwrap(ask.body, 'policy'), fields, ask.minor)
  const { type, input } = await inTheirWords(() => readPolicySpec(ask, given.spec))
  const policy = await inTheirWords(() =>
    ask.control.policies.create(ask.caller, { ...input, name: given.name, ...ANY_NAME }),
  )
  return { status: 201, body: { policy: present(policy, [type], ask) } }
}

async function validate(ask: Ask): Promise<Answer> {
  const fields = { spec: { check: map, required: true } } as const
  const { spec } = readFields(unwrap(ask.body, 'policy'), fields, ask.minor)
  const { type, input } = await inTheirWords(() => readPolicySpec(ask, spec))
  const { version } = await inTheirWords(() => ask.control.policies.validate(ask.caller, input))
  return ok('policy', {
    id: null,
    name: 'validated_policy',
    type: `${toPolicyType(type.type)}-${version}`,
    spec: { ...spec, version: presentVersion(input) },
    data: {},
    user: userOf(ask.caller.principal.name, ask),
    project: ask.caller.project,
    domain: null,
    created_at: null,
    updated_at: null,
  })
}

async function show(ask: Ask): Promise<Answer> {
  const policy = await ask.control.policies.get(ask.caller, ask.params['id']!)
  return ok('policy', present(policy, await ask.control.policies.types(ask.caller), ask))
}

async function update(ask: Ask): Promise<Answer> {
  const fields = { name: { check: name, required: true } } as const
  const given = readFields(unwrapUpdate(ask.body, 'policy'), fields, ask.minor)
  const before = await ask.control.policies.get(ask.caller, ask.params['id']!)
  const policy = await ask.control.policies.update(ask.caller, before.id, {
    ...changesOf(given, before),
    ...ANY_NAME,
  })
  return ok('policy', present(policy, await ask.control.policies.types(ask.caller), ask))
}

async function remove(ask: Ask): Promise<Answer> {
  const reference = ask.params['id']!
  const stillUsed = `The policy '${reference}' cannot be deleted: still attached to some clusters.`
  return await deleted(() => ask.control.policies.delete(ask.caller, reference), stillUsed)
}

/** @throws Fault 404 if there is no such type or version */
async function readPolicySpec({ control, caller }: Ask, spec: JsonObject) {
  const wanted = readTypeAndVersion(spec, 'policy')
  const types = await control.policies.types(caller)
  const type = types.find((each) => toPolicyType(each.type) === wanted.type)
  if (!type?.versions.includes(wanted.version)) {
    throw new Fault(404, 'ResourceNotFound', missingText('policy_type', `${wanted.type}-${wanted.version}`))
  }
  const { version, attributes, properties } = readSpec(spec, 'policy')
  const { description } = spec
  const input = {
    type: type.type,
    version,
    ...(attributes && { attributes }),
    properties: readTexts(renameProperties(properties, type.properties, 'fromTheirs'), type.properties),
    ...(typeof description === 'string' && { description }),
  }
  return { type, input }
}

/**
 * What a policy's spec has that is not known, or not one of the values there are, was always told as the server's own fault
 * here. The rest is told by the names that this API has for properties.
 */
async function inTheirWords<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof InvalidSpecError)) throw error
    if (error.fault === 'unknown' || error.choice)
      throw new Fault(500, 'ESchema', specText(error), { cause: error })
    const { field = '' } = error
    const text = specText(error)
    const shown = text.startsWith(field) ? `${toSnakeName(field)}${text.slice(field.length)}` : text
    throw new Fault(400, 'InvalidSpec', shown, { cause: error })
  }
}

function present(policy: Policy, types: readonly PolicyTypeView[], ask: Ask): JsonObject {
  const { id, name, type, version, properties, description } = policy
  const described = types.find((each) => each.type === type)?.properties ?? {}
  const theirs = toPolicyType(type)
  return {
    id,
    name,
    type: `${theirs}-${version}`,
    spec: {
      type: theirs,
      version: presentVersion(policy),
      ...(description !== null && { description }),
      properties: renameProperties(properties, described, 'toTheirs'),
    },
    data: policy.data,
    user: userOf(policy.createdBy, ask),
    project: policy.projectId,
    domain: null,
    created_at: toTime(policy.createdAt),
    updated_at: toTime(policy.updatedAt),
  }
}
