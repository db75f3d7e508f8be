import type { DeploymentView } from '../../control/deployer-verbs.ts'
import { type Ask, isTrue, json, NOTHING, type Table } from './ask.ts'
import { unsupported } from './errors.ts'
import { all, requireDeployment } from './find.ts'
import { presentState } from './futures.ts'
import { presentDeployment, presentDeploymentStatus, presentMessages } from './present.ts'
import { checkUnchanged, objectOf, optionalBooleanOf, optionalTextOf, textOf } from './read.ts'
import { attributesOf, DEPLOYMENT_MEMBERS, presentDeploymentSettings } from './settings.ts'

const ONE = '/project-deployer/deployments/:deployment'

export const deploymentRoutes: Table = {
  '/project-deployer/deployments': {
    GET: async ({ control, caller }) => {
      const deployments = await all((page) => control.deployments.list(caller, {}, page))
      const projects = await all((page) => control.publishedProjects.list(caller, {}, page))
      const bundles = new Map(projects.map((each) => [each.publishedProject.id, each.bundles]))
      return json(
        deployments.map((each) => presentDeployment(each, bundles.get(each.publishedProject.id) ?? [])),
      )
    },
    POST: async (ask) => {
      const input = objectOf(ask.body)
      const deployedProjectKey = optionalTextOf(input, 'deployedProjectKey')
      const projectFolderId = optionalTextOf(input, 'projectFolderId')
      const { name } = await ask.control.deployments.create(ask.caller, {
        name: textOf(input, 'deploymentId'),
        infra: textOf(input, 'infraId'),
        publishedProject: textOf(input, 'publishedProjectKey'),
        bundle: textOf(input, 'bundleId'),
        ...(deployedProjectKey !== undefined && { deployedProjectKey }),
        ...(projectFolderId !== undefined && { projectFolderId }),
        ignoreWarnings: isTrue(ask.query, 'ignoreWarnings'),
      })
      return json(presentSettings(await requireDeployment(ask, name)))
    },
  },
  [ONE]: {
    GET: async (ask) => {
      const view = await requireDeployment(ask)
      const { bundles } = await ask.control.publishedProjects.get(ask.caller, view.publishedProject.id)
      return json(presentDeployment(view, bundles))
    },
    DELETE: async (ask) => {
      const { deployment } = await requireDeployment(ask)
      await ask.control.deployments.delete(ask.caller, deployment.id)
      return NOTHING
    },
  },
  [`${ONE}/status`]: {
    GET: async (ask) => {
      const { deployment } = await requireDeployment(ask)
      return json(presentDeploymentStatus(await ask.control.deployments.status(ask.caller, deployment.id)))
    },
  },
  [`${ONE}/governance-status`]: {
    GET: async (ask) => {
      const { deployment } = await requireDeployment(ask)
      // Empty stands for the one that is wanted.
      const bundle = ask.query.get('bundleId') || undefined
      return json(presentMessages(await ask.control.governance.check(ask.caller, deployment.id, bundle)))
    },
  },
  [`${ONE}/settings`]: {
    GET: async (ask) => json(presentSettings(await requireDeployment(ask))),
    PUT: save,
  },
  [`${ONE}/actions/update`]: {
    POST: async (ask) => {
      const { deployment } = await requireDeployment(ask)
      // The client says nothing of warnings here: it was asked when it chose the bundle.
      const insistence = { ignoreWarnings: true }
      const started = await ask.control.deployments.startUpdate(ask.caller, deployment.id, insistence)
      const update = await ask.control.deployments.getUpdate(ask.caller, started.deploymentUpdate.id)
      return json(await presentState(ask, update, { withResult: true }))
    },
  },
  [`${ONE}/testing-status`]: {
    GET: async (ask) => {
      await requireDeployment(ask)
      return json({ nbTotalRanScenarios: 0, nbScenariosPerOutcome: {} })
    },
  },
  [`${ONE}/run-test-scenarios`]: {
    POST: async (ask) => {
      await requireDeployment(ask)
      throw unsupported(
        'there are no test scenarios here; health checks and hooks in the bundle’s drover.yaml are asked at each update',
      )
    },
  },
}

async function save(ask: Ask) {
  const settings = objectOf(ask.body)
  const view = await requireDeployment(ask)
  const { deployment, infra, publishedProject } = view
  const { key } = publishedProject
  checkUnchanged(settings, {
    ...{ id: deployment.name, infraId: infra.name, publishedProjectKey: key, type: 'STANDARD' },
  })
  const bundle = optionalTextOf(settings, 'bundleId')
  const enabled = optionalBooleanOf(settings, 'enabled')
  const deployedProjectKey = optionalTextOf(settings, 'deployedProjectKey') ?? null
  const changes = {
    ...(bundle !== undefined && { bundle }),
    ...(enabled !== undefined && { enabled }),
    // It is shown as the published one's where none was chosen.
    deployedProjectKey: deployedProjectKey === key ? null : deployedProjectKey,
    projectFolderId: optionalTextOf(settings, 'projectFolderId') ?? null,
    attributes: attributesOf(deployment, settings, DEPLOYMENT_MEMBERS),
  }
  const ignoreWarnings = isTrue(ask.query, 'ignoreWarnings')
  const options = { ifMatch: deployment.version, ignoreWarnings }
  await ask.control.deployments.save(ask.caller, deployment.id, changes, options)
  return NOTHING
}

function presentSettings({ deployment, infra, publishedProject }: DeploymentView): object {
  return presentDeploymentSettings(deployment, infra, publishedProject)
}
