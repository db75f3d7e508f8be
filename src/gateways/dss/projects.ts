import { json, NOTHING, type Operation, type Table } from './ask.ts'
import { all, requireProject } from './find.ts'
import { presentProject } from './present.ts'
import { checkUnchanged, objectOf, optionalTextOf, textOf } from './read.ts'
import { attributesOf, PROJECT_MEMBERS, presentProjectSettings, readPermissions } from './settings.ts'

const ONE = '/project-deployer/projects/:project'
const BUNDLE = `${ONE}/bundles/:bundle`

/** Takes a bundle in, for the published project that is named, else for the one that the archive names. */
export const uploadBundle: Operation = async (ask) => {
  const key = ask.query.get('projectKey')
  const { stream, signal, fileName } = await ask.upload()
  const bundle = {
    content: { stream },
    signal,
    source: { kind: 'upload', fileName },
    exportedAs: fileName,
    mustBeNew: true,
    ...(key && { name: key }),
  }
  await ask.control.publishedProjects.publish(ask.caller, bundle).catch((error) => {
    // The stream's own end says more than what was made of it further in.
    throw stream.errored ?? error
  })
  return NOTHING
}

export const projectRoutes: Table = {
  '/project-deployer/projects': {
    GET: async ({ control, caller }) => {
      const projects = await all((page) => control.publishedProjects.list(caller, {}, page))
      return json(projects.map(presentProject))
    },
    POST: async ({ control, caller, body }) => {
      const key = textOf(objectOf(body), 'publishedProjectKey')
      return json(presentProjectSettings(await control.publishedProjects.create(caller, { key })))
    },
  },
  '/project-deployer/projects/bundles': { POST: uploadBundle },
  [ONE]: {
    GET: async (ask) => json(presentProject(await requireProject(ask))),
    DELETE: async (ask) => {
      const { publishedProject } = await requireProject(ask)
      await ask.control.publishedProjects.delete(ask.caller, publishedProject.id)
      return NOTHING
    },
  },
  [`${ONE}/settings`]: {
    GET: async (ask) => json(presentProjectSettings((await requireProject(ask)).publishedProject)),
    PUT: async (ask) => {
      const settings = objectOf(ask.body)
      const { publishedProject } = await requireProject(ask)
      const { id, key, permissions, version } = publishedProject
      checkUnchanged(settings, { id: key, publishedProjectKey: key })
      const name = optionalTextOf(settings, 'name')
      const changes = {
        ...(name !== undefined && { name }),
        ...readPermissions(settings, permissions),
        attributes: attributesOf(publishedProject, settings, PROJECT_MEMBERS),
      }
      await ask.control.publishedProjects.update(ask.caller, id, changes, { ifMatch: version })
      return NOTHING
    },
  },
  [BUNDLE]: {
    GET: async (ask) => {
      const { bundle, stream } = await ask.control.bundles.download(ask.caller, await bundleOf(ask))
      const fileName = `dss-bundle-${bundle.name}-${bundle.version}.zip`
      return { bytes: { stream, sizeBytes: bundle.sizeBytes, fileName } }
    },
    DELETE: async (ask) => {
      await ask.control.bundles.delete(ask.caller, await bundleOf(ask))
      return NOTHING
    },
  },
  [`${BUNDLE}/project-standards-report`]: {
    GET: async (ask) => {
      await ask.control.bundles.get(ask.caller, await bundleOf(ask))
      // Nobody makes one here, which clients take null for.
      return json(null)
    },
  },
}

/** How Drover refers to the bundle that the path names. @throws NotFoundError if there is no such published project */
async function bundleOf(ask: Parameters<Operation>[0]): Promise<string> {
  const { publishedProject } = await requireProject(ask)
  return `${publishedProject.key}@${ask.params['bundle']}`
}
