import { InProject } from '../api.ts'
import { record, reference } from '../schema.ts'

/** A path to one published project. */
export const OnePublishedProject = record({
  project: InProject.properties.project,
  key: reference('The published project, by id or key.'),
})
