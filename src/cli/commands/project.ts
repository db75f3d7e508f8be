import type { Command } from 'commander'
import { urlPath } from '../client.ts'
import { addCommand, addListOptions, addNoun, type Cli } from '../command.ts'
import type { ProjectResource } from '../resources.ts'
import type { ListOptions } from '../session.ts'

const PROJECTS = '/api/v1/projects'

/** `drover project`: create, list, show. */
export function addProjectCommands(program: Command, cli: Cli): void {
  const noun = addNoun(program, 'project', 'tenants; everything belongs to one')

  addCommand(
    noun,
    cli,
    { usage: 'create <name>', summary: 'create a project', examples: ['project create shop'] },
    async (session, _options: object, name: string) => {
      const project = await session.client.post<ProjectResource>(PROJECTS, { name })
      session.output.result(
        project,
        `project ${name} is created; use it with --project ${name} or DROVER_PROJECT`,
      )
    },
  )

  addListOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'list',
        summary: 'list the projects you have a role in',
        examples: ['project list', 'project list -o json'],
      },
      async (session, options: ListOptions) => {
        const page = await session.list<ProjectResource>(PROJECTS, {}, options)
        session.output.page(
          page,
          [
            ['NAME', (project) => project.name],
            ['CREATED', (project, output) => output.ago(project.createdAt)],
            ['ID', (project) => project.id],
          ],
          'No projects that you have a role in.',
        )
      },
    ),
  )

  addCommand(
    noun,
    cli,
    { usage: 'show <project>', summary: 'show a project', examples: ['project show shop'] },
    async (session, _options: object, ref: string) => {
      const project = await session.client.get<ProjectResource>(urlPath`/api/v1/projects/${ref}`)
      session.output.fields(project, [
        ['Project', project.name],
        ['Id', project.id],
        ['Created', session.output.ago(project.createdAt)],
      ])
    },
  )
}
