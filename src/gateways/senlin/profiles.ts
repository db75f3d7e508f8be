import type { Attributes } from '../../domain/attributes.ts'
import { InvalidSpecError } from '../../domain/errors.ts'
import type { JsonObject } from '../../domain/ids.ts'
import type { Properties } from '../../domain/property.ts'
import { type Answer, type Ask, ok, type Table } from './ask.ts'
import { Fault, MalformedFault, missingText, specText } from './errors.ts'
import { isMap, map, name, readFields, unwrap, unwrapUpdate } from './fields.ts'
import { type ListRules, listAll, readListQuery } from './list-query.ts'
import { ANY_NAME } from './naming.ts'
import { presentProfile } from './present.ts'
import { changesOf, deleted } from './refusals.ts'
import { readTexts } from './spec-schema.ts'
import { presentVersion, readVersion } from './spec-version.ts'

export const profileRoutes: Table = {
  '/profiles': { GET: { isRepeatable: true, run: list }, POST: { run: create } },
  '/profiles/validate': { POST: { since: 2, run: validate } },
  '/profiles/:id': { GET: { run: show }, PATCH: { run: update }, DELETE: { run: remove } },
}

const LIST: ListRules = {
  filters: { name: {}, type: {} },
  sort: { type: 'type', name: 'name', created_at: 'createdAt', updated_at: 'updatedAt' },
  defaultSort: 'createdAt',
}

async function list(ask: Ask): Promise<Answer> {
  const query = readListQuery(ask, LIST)
  const filter = {
    ...(query.filters['name'] && { name: query.filters['name'] }),
    // A type is listed under its name, with or without its version.
    ...(query.filters['type'] && { type: query.filters['type'].map((type) => type.replace(/-[\d.]+$/, '')) }),
  }
  const profiles = await listAll(ask, query, (caller, page) =>
    ask.control.profiles.list(caller, filter, page),
  )
  return ok(
    'profiles',
    profiles.map((profile) => presentProfile(profile, ask)),
  )
}

async function create(ask: Ask): Promise<Answer> {
  const fields = {
    name: { check: name, required: true },
    spec: { check: map, required: true },
    metadata: { check: map },
  } as const
  const given = readFields(unwrap(ask.body, 'profile'), fields, ask.minor)
  const described = await findType(ask, given.spec)
  try {
    const spec = readProfileSpec(given.spec, described)
    const profile = await ask.control.profiles.create(ask.caller, {
      ...spec,
      name: given.name,
      ...(given.metadata && { metadata: given.metadata }),
      ...ANY_NAME,
    })
    return { status: 201, body: { profile: presentProfile(profile, ask) } }
  } catch (error) {
    if (!(error instanceof InvalidSpecError)) throw error
    const message = `Failed in creating profile ${given.name}: ${specText(error)}`
    throw new Fault(400, 'InvalidSpec', message, { cause: error })
  }
}

async function validate(ask: Ask): Promise<Answer> {
  const given = readFields(
    unwrap(ask.body, 'profile'),
    { spec: { check: map, required: true } } as const,
    ask.minor,
  )
  const described = await findType(ask, given.spec)
  const spec = readProfileSpec(given.spec, described)
  const { type, version, properties } = await ask.control.profiles.validate(ask.caller, spec)
  const now = ask.clock.now()
  const nothing = { id: '', name: 'validated_profile', metadata: {}, createdAt: now, updatedAt: null }
  const profile = {
    ...nothing,
    type,
    version,
    attributes: spec.attributes,
    properties,
    projectId: ask.caller.project,
    createdBy: ask.caller.principal.name,
  }
  const shown = presentProfile(profile as never, ask)
  return ok('profile', {
    ...shown,
    spec: { ...given.spec, version: presentVersion(spec), properties },
    id: null,
    created_at: null,
    updated_at: null,
  })
}

async function show(ask: Ask): Promise<Answer> {
  return ok('profile', presentProfile(await ask.control.profiles.get(ask.caller, ask.params['id']!), ask))
}

async function update(ask: Ask): Promise<Answer> {
  const fields = { name: { check: name }, metadata: { check: map } } as const
  const given = readFields(unwrapUpdate(ask.body, 'profile'), fields, ask.minor)
  const before = await ask.control.profiles.get(ask.caller, ask.params['id']!)
  const changes = changesOf(given, before)
  const profile = await ask.control.profiles.update(ask.caller, before.id, {
    ...changes,
    ...ANY_NAME,
  })
  return ok('profile', presentProfile(profile, ask))
}

async function remove(ask: Ask): Promise<Answer> {
  const reference = ask.params['id']!
  const stillUsed = `The profile '${reference}' cannot be deleted: still referenced by some clusters and/or nodes.`
  return await deleted(() => ask.control.profiles.delete(ask.caller, reference), stillUsed)
}

const PARTS = {
  profile: ['type', 'version', 'properties'],
  policy: ['type', 'version', 'properties', 'description'],
} as const

/**
 * The parts of a spec. A version may come as a number.
 * @throws MalformedFault if it does not say of which type it is
 * @throws InvalidSpecError if there is something else in it, or no properties
 */
export function readSpec(
  spec: JsonObject,
  kind: 'profile' | 'policy',
): TypeAndVersion & { readonly properties: JsonObject } {
  const named = readTypeAndVersion(spec, kind)
  const { properties } = spec
  const strange = Object.keys(spec).find((part) => !PARTS[kind].some((known) => known === part))
  if (strange !== undefined) throw new InvalidSpecError(strange, 'is no part of a spec', { fault: 'unknown' })
  if (properties === undefined) throw new InvalidSpecError('properties', 'are missing', { fault: 'missing' })
  if (!isMap(properties))
    throw new InvalidSpecError('properties', `'${JSON.stringify(properties)}' is not a Map`)
  return { ...named, properties: properties as JsonObject }
}

interface TypeAndVersion {
  readonly type: string
  readonly version: string
  readonly attributes?: Attributes
}

/** Of a spec that may lack the rest. */
export function readTypeAndVersion(spec: JsonObject, kind: 'profile' | 'policy'): TypeAndVersion {
  const { type, version } = spec
  if (typeof type !== 'string')
    throw new MalformedFault(`The 'type' key is missing from the provided ${kind} spec.`)
  if (typeof version !== 'string' && typeof version !== 'number') {
    throw new MalformedFault(`The 'version' key is missing from the provided ${kind} spec.`)
  }
  return { type, ...readVersion(version) }
}

function readProfileSpec(given: JsonObject, described: Properties | null) {
  const spec = readSpec(given, 'profile')
  return described === null ? spec : { ...spec, properties: readTexts(spec.properties, described) }
}

/** What the type of a spec says about its properties, if it says it. @throws Fault 404 if there is no such type */
async function findType({ control, caller }: Ask, spec: JsonObject): Promise<Properties | null> {
  const { type, version } = readTypeAndVersion(spec, 'profile')
  const types = await control.profiles.types(caller)
  const found = types.find((known) => known.type === type && known.versions.includes(version))
  if (!found) throw new Fault(404, 'ResourceNotFound', missingText('profile_type', `${type}-${version}`))
  return found.properties
}
