import type { JsonObject } from '../../domain/ids.ts'
import type { Properties } from '../../domain/property.ts'
import { type Answer, type Ask, ok, type Table } from './ask.ts'
import { Fault, missingText } from './errors.ts'
import { toPolicyType } from './policy-names.ts'
import { toParameters, toSchema } from './spec-schema.ts'

export const typeRoutes: Table = {
  '/profile-types': { GET: { run: listProfileTypes } },
  '/profile-types/:name': { GET: { run: showProfileType } },
  '/profile-types/:name/ops': { GET: { since: 4, run: showOperations } },
  '/policy-types': { GET: { run: listPolicyTypes } },
  '/policy-types/:name': { GET: { run: showPolicyType } },
}

/** One version of a type. */
interface Versioned {
  readonly type: string
  readonly version: string
  readonly properties: Properties
}

async function listProfileTypes(ask: Ask): Promise<Answer> {
  const types = await profileTypes(ask)
  return ok('profile_types', toList(types.filter(isOpenStacks), ask.minor))
}

async function showProfileType(ask: Ask): Promise<Answer> {
  return ok('profile_type', present(find('profile_type', await profileTypes(ask), ask), ask.minor))
}

async function showOperations(ask: Ask): Promise<Answer> {
  const types = await ask.control.profiles.types(ask.caller)
  const all = types.flatMap(({ versions, ...type }) => versions.map((version) => ({ ...type, version })))
  const { operations } = find('profile_type', all, ask)
  const shown = Object.entries(operations).map(([name, { description, parameters }]) => [
    name,
    { description, parameters: toParameters(parameters) },
  ])
  return ok('operations', Object.fromEntries(shown) as JsonObject)
}

async function listPolicyTypes(ask: Ask): Promise<Answer> {
  return ok('policy_types', toList(await policyTypes(ask), ask.minor))
}

async function showPolicyType(ask: Ask): Promise<Answer> {
  return ok('policy_type', present(find('policy_type', await policyTypes(ask), ask), ask.minor))
}

/** Those whose properties are described in a way that this API has words for; profiles of others can be made, too. */
async function profileTypes({ control, caller }: Ask) {
  const types = await control.profiles.types(caller)
  return types.flatMap(({ type, versions, properties }) =>
    properties === null ? [] : versions.map((version) => ({ type, version, properties })),
  )
}

/** Clients know the types of OpenStack, and are told of no others; whoever knows Drover's own can ask for them by name. */
function isOpenStacks({ type }: Versioned): boolean {
  return type.includes('.')
}

async function policyTypes({ control, caller }: Ask): Promise<Versioned[]> {
  const types = await control.policies.types(caller)
  return types.flatMap(({ type, versions, properties }) =>
    versions.map((version) => ({ type: toPolicyType(type), version, properties })),
  )
}

/** By name. Before 1.5 a type and its version were one name, and nobody said since when it is there. */
function toList(types: readonly Versioned[], minor: number): JsonObject[] {
  const sorted = [...types].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  return sorted.map((each) =>
    minor < 5
      ? { name: nameOf(each) }
      : { name: each.type, version: each.version, support_status: supportOf(each) },
  )
}

function present(type: Versioned, minor: number): JsonObject {
  return {
    name: nameOf(type),
    schema: toSchema(type.properties, type.version),
    ...(minor >= 5 && { support_status: supportOf(type) }),
  }
}

/** @throws Fault 404 */
function find<Type extends Pick<Versioned, 'type' | 'version'>>(
  kind: string,
  types: readonly Type[],
  { params }: Ask,
): Type {
  const name = params['name']!
  const found = types.find((type) => nameOf(type) === name)
  if (found) return found
  throw new Fault(404, 'ResourceNotFound', missingText(kind, name))
}

function nameOf({ type, version }: Pick<Versioned, 'type' | 'version'>): string {
  return `${type}-${version}`
}

/** Since when Senlin had it, which is what clients show. */
const SUPPORT: Readonly<Record<string, readonly (readonly [status: string, since: string])[]>> = {
  'senlin.policy.affinity-1.0': [['SUPPORTED', '2016.10']],
  'senlin.policy.batch-1.0': [['EXPERIMENTAL', '2017.02']],
  'senlin.policy.deletion-1.1': [['SUPPORTED', '2018.01']],
  'senlin.policy.health-1.0': [
    ['EXPERIMENTAL', '2017.02'],
    ['SUPPORTED', '2018.06'],
  ],
  'senlin.policy.health-1.1': [['SUPPORTED', '2018.09']],
  'senlin.policy.health-1.2': [['SUPPORTED', '2020.09']],
  'senlin.policy.loadbalance-1.1': [['SUPPORTED', '2018.01']],
  'senlin.policy.loadbalance-1.2': [['SUPPORTED', '2020.02']],
  'senlin.policy.loadbalance-1.3': [['SUPPORTED', '2020.03']],
  'senlin.policy.region_placement-1.0': [
    ['EXPERIMENTAL', '2016.04'],
    ['SUPPORTED', '2016.10'],
  ],
  'senlin.policy.zone_placement-1.0': [
    ['EXPERIMENTAL', '2016.04'],
    ['SUPPORTED', '2016.10'],
  ],
  'container.dockerinc.docker-1.0': [['EXPERIMENTAL', '2017.02']],
}

function supportOf(type: Versioned): JsonObject {
  const history = SUPPORT[nameOf(type)] ?? [['SUPPORTED', '2016.04']]
  return { [type.version]: history.map(([status, since]) => ({ status, since })) }
}
