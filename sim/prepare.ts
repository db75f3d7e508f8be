import type { Control } from '../src/control/control.ts'
import type { EpochMs, ProjectId, Sha256 } from '../src/domain/ids.ts'
import { insertBundle } from '../src/store/bundles.ts'
import { insertProject } from '../src/store/projects.ts'
import type { Tx } from '../src/store/store.ts'
import { createIds } from '../src/system/ids.ts'
import { SIM_POLICIES } from './policy-requests.ts'
import type { SimProfile } from './profiles.ts'
import type { Random } from './random.ts'

/** Makes something that has to be there before anybody asks. */
export type Making = (control: Control) => Promise<unknown>

/** Who makes it. */
export const FIRST_CALLER = {
  principal: { name: 'ann', grants: [{ projectId: '*', role: 'administrator' }] },
  project: 'default',
} as const

const BUNDLES = ['app@1', 'app@2', 'app@3']

/** Writes the project and its bundles. @returns the bundles */
export async function writeFirstRows(tx: Tx, random: Random, createdAt: EpochMs): Promise<readonly string[]> {
  const ids = createIds(
    () => createdAt,
    (size) => random.bytes(size),
  )
  const projectId = ids.next<ProjectId>()
  await insertProject(tx, { id: projectId, name: 'default', createdAt })
  for (const [at, name] of BUNDLES.entries()) {
    await insertBundle(tx, {
      id: ids.next(),
      projectId,
      name: name.split('@')[0] as string,
      version: name.split('@')[1] as string,
      digest: String(at).repeat(64) as Sha256,
      sizeBytes: 1,
      entryCount: 1,
      unpackedBytes: 1,
      manifest: null,
      source: { kind: 'upload' },
      description: null,
      createdAt,
      createdBy: 'ann',
    })
  }
  return BUNDLES
}

/** What makes the profiles and the policies, one after the other. */
export function makeSpecs(profiles: readonly SimProfile[]): readonly Making[] {
  return [
    ...profiles.map(
      ({ name, properties }) =>
        (control: Control) =>
          control.profiles.create(FIRST_CALLER, { name, type: 'scripted', properties }),
    ),
    ...SIM_POLICIES.map((policy) => (control: Control) => control.policies.create(FIRST_CALLER, policy)),
  ]
}
