import { AlreadyExistsError } from '../domain/errors.ts'
import type { ProjectId } from '../domain/ids.ts'
import type { Project } from '../domain/principal.ts'
import { findProject, insertProject, listProjects } from '../store/projects.ts'
import { authorize, authorizeEverywhere, mayAct } from './authorize.ts'
import type { ControlDeps } from './control.ts'
import { perform, recordRefusal } from './perform.ts'
import { checkName } from './validate.ts'
import type { ProjectVerbs } from './verbs.ts'

export function createProjectVerbs(deps: ControlDeps): ProjectVerbs {
  return {
    async create(asker, input) {
      const permit = async () => {
        authorizeEverywhere(asker.principal, 'administrator', 'projects.create')
        return null
      }
      const { project } = await perform(deps, asker, permit, {
        verb: 'projects.create',
        input,
        work: async ({ tx, ids, now, event }) => {
          const made: Project = {
            id: ids.next<ProjectId>(),
            name: checkName('name', input.name),
            createdAt: now,
          }
          if (await findProject(tx, made.name)) throw new AlreadyExistsError('project', made.name)
          await insertProject(tx, made)
          event({
            type: 'project.created',
            projectId: made.id,
            because: `${asker.principal.name} made project "${made.name}"`,
          })
          return { project: made }
        },
      })
      return project
    },
    list: ({ principal }, page) =>
      deps.store.read((tx) => {
        if (mayAct(principal, '*', 'viewer')) return listProjects(tx, {}, page)
        return listProjects(tx, { ids: principal.grants.map((grant) => grant.projectId as ProjectId) }, page)
      }),
    get: (asker, ref) =>
      recordRefusal(deps, { ...asker, project: ref }, 'projects.get', () =>
        deps.store.read((tx) => authorize(tx, asker.principal, ref, 'viewer', 'projects.get')),
      ),
  }
}
