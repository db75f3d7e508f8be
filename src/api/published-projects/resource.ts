import { type Static, Type } from 'typebox'
import type { PublishedProjectView } from '../../control/deployer-verbs.ts'
import { GovernanceWord } from '../infras/resource.ts'
import { PermissionsResource } from '../permissions.ts'
import { NullableString, record, Time, toTime } from '../schema.ts'

export const PublishedProjectResource = record(
  {
    id: Type.String(),
    key: Type.String(),
    name: Type.String(),
    description: NullableString,
    permissions: PermissionsResource,
    createdAt: Time,
    createdBy: Type.String(),
    updatedAt: Time,
    version: Type.Integer({ description: 'Counts changes; the ETag.' }),
    bundles: Type.Array(
      record({ version: Type.String(), digest: Type.String(), createdAt: Time, createdBy: Type.String() }),
      { description: 'Newest first, at most 1000.' },
    ),
    deployments: Type.Array(record({ name: Type.String(), bundle: Type.String(), enabled: Type.Boolean() }), {
      description: 'By name.',
    }),
    infras: Type.Array(record({ name: Type.String(), stage: Type.String(), governance: GovernanceWord }), {
      description: 'That its deployments are on, by name.',
    }),
    canDeploy: Type.Boolean({ description: 'Whether the caller may deploy its bundles.' }),
    isAdmin: Type.Boolean({ description: 'Whether the caller may change its rules.' }),
  },
  {
    $id: 'PublishedProject',
    description:
      'What bundles are published under and deployed from: its bundles are those whose name is its key.',
    examples: [
      {
        id: '0193e1a0-6c1e-7004-9a3b-5f5e0c9d1b2a',
        key: 'quotes',
        name: 'Quotes',
        description: null,
        permissions: null,
        createdAt: '2026-11-21T10:00:00.000Z',
        createdBy: 'ops',
        updatedAt: '2026-11-21T10:00:00.000Z',
        version: 1,
        bundles: [
          {
            version: '1.4.0',
            digest: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
            createdAt: '2026-11-21T10:00:00.000Z',
            createdBy: 'ci',
          },
        ],
        deployments: [{ name: 'quotes-prod', bundle: '1.4.0', enabled: true }],
        infras: [{ name: 'prod-east', stage: 'Production', governance: 'PREVENT' }],
        canDeploy: true,
        isAdmin: false,
      },
    ],
  },
)

export function presentPublishedProject(view: PublishedProjectView): Static<typeof PublishedProjectResource> {
  const { publishedProject } = view
  return {
    id: publishedProject.id,
    key: publishedProject.key,
    name: publishedProject.name,
    description: publishedProject.description,
    permissions: publishedProject.permissions,
    createdAt: toTime(publishedProject.createdAt),
    createdBy: publishedProject.createdBy,
    updatedAt: toTime(publishedProject.updatedAt),
    version: publishedProject.version,
    bundles: view.bundles.map(({ version, digest, createdAt, createdBy }) => ({
      version,
      digest,
      createdAt: toTime(createdAt),
      createdBy,
    })),
    deployments: view.deployments.map(({ name, bundleVersion, enabled }) => ({
      name,
      bundle: bundleVersion,
      enabled,
    })),
    infras: view.infras.map(({ name, stage, governance }) => ({ name, stage, governance })),
    canDeploy: view.canDeploy,
    isAdmin: view.isAdmin,
  }
}
