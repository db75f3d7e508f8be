import { type Static, Type } from 'typebox'
import type { Project } from '../../domain/principal.ts'
import { record, Time, toTime } from '../schema.ts'

export const ProjectResource = record(
  { id: Type.String(), name: Type.String(), createdAt: Time },
  {
    $id: 'Project',
    description: 'A tenant; everything belongs to one.',
    examples: [
      { id: '0193e1a0-6c1e-7000-8a3b-5f5e0c9d1b2a', name: 'default', createdAt: '2026-11-21T10:00:00.000Z' },
    ],
  },
)

export function presentProject({ id, name, createdAt }: Project): Static<typeof ProjectResource> {
  return { id, name, createdAt: toTime(createdAt) }
}
