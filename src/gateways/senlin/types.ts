import type { ProfileType } from '../../control/views.ts'
import { type Answer, type Ask, ok, type Table } from './ask.ts'
import { Fault, missingText } from './errors.ts'

export const typeRoutes: Table = {
  '/profile-types': { GET: { run: listProfileTypes } },
  '/profile-types/:name': { GET: { run: showProfileType } },
  '/profile-types/:name/ops': { GET: { since: 4, run: showOperations } },
}

async function listProfileTypes({ control, caller, minor }: Ask): Promise<Answer> {
  const types = await control.profiles.types(caller)
  const items = types
    .flatMap(({ type, versions }) => versions.map((version) => ({ name: type, version })))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  return ok(
    'profile_types',
    items.map((item) => listItem(item, minor)),
  )
}

/** Before 1.5 a type and its version were one name, and nobody said since when it is there. */
function listItem(
  { name, version }: { readonly name: string; readonly version: string },
  minor: number,
): object {
  if (minor < 5) return { name: `${name}-${version}` }
  return { name, version, support_status: supportOf(version) }
}

function supportOf(version: string): object {
  return { [version]: [{ status: 'SUPPORTED', since: '2016.04' }] }
}

async function showProfileType(ask: Ask): Promise<Answer> {
  const { type, version } = await find(ask)
  return ok('profile_type', {
    name: `${type.type}-${version}`,
    schema: type.propertiesSchema,
    ...(ask.minor >= 5 && { support_status: supportOf(version) }),
  })
}

async function showOperations(ask: Ask): Promise<Answer> {
  await find(ask)
  return ok('operations', {})
}

async function find({
  control,
  caller,
  params,
}: Ask): Promise<{ readonly type: ProfileType; readonly version: string }> {
  const name = params['name']!
  for (const type of await control.profiles.types(caller)) {
    const version = type.versions.find((each) => `${type.type}-${each}` === name)
    if (version !== undefined) return { type, version }
  }
  throw new Fault(404, 'ResourceNotFound', missingText('profile_type', name))
}
