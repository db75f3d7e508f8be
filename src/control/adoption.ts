import { standaloneClusterId } from '../domain/cluster.ts'
import { AlreadyExistsError, InvalidRequestError, InvalidStateError } from '../domain/errors.ts'
import type { JsonObject, ProfileId } from '../domain/ids.ts'
import type { Profile } from '../domain/profile.ts'
import { type Adopts, type Runtime, supportsAdoption } from '../runtimes/runtime.ts'
import { isNodeNameTaken } from '../store/nodes.ts'
import { insertProfile } from '../store/profiles.ts'
import type { Caller, ControlDeps } from './control.ts'
import { hideInProfile } from './hide-secrets.ts'
import type { AdoptionInput, AdoptNodeInput } from './node-inputs.ts'
import { look, performInProject } from './perform.ts'
import { makeRevisionSpec, requireRuntime } from './revision-spec.ts'
import { insertStandaloneNode } from './standalone-nodes.ts'
import { checkMetadata, checkName, checkText, isObject } from './validate.ts'
import type { AdoptedNode, ValidatedProfile } from './views.ts'

/** What the profile of a node would say that took over what somebody else started. Nothing is written. */
export async function previewAdoption(
  deps: ControlDeps,
  caller: Caller,
  input: AdoptionInput,
): Promise<ValidatedProfile> {
  await look(deps, caller, 'nodes.previewAdoption', async () => null)
  return hideInProfile(deps.runtimes, await inspect(deps, input))
}

/** Makes a node without a cluster, and a profile for it, that takes over what somebody else started. */
export function adoptNode(deps: ControlDeps, caller: Caller, input: AdoptNodeInput): Promise<AdoptedNode> {
  return performInProject(deps, caller, {
    verb: 'nodes.adopt',
    input,
    prepare: async (project) => {
      const name = checkName('name', input.name, input)
      const found = await inspect(deps, input)
      const profile: Profile = {
        id: deps.ids.next<ProfileId>(),
        projectId: project.id,
        name: `prof-${name}`,
        ...found,
        metadata: {},
        attributes: {},
        createdAt: deps.clock.now(),
        createdBy: caller.principal.name,
        updatedAt: null,
      }
      const spec = await makeRevisionSpec(deps, { profile, code: null, nodeTemplate: {}, version: null })
      return { name, profile, spec }
    },
    work: async (scope, { name, profile, spec }) => {
      const { tx, project, principal } = scope
      const clusterId = standaloneClusterId(project.id)
      if (
        !input.allowDuplicateName &&
        (await isNodeNameTaken(tx, { projectId: project.id, clusterId }, name))
      )
        throw new AlreadyExistsError('node', name)
      await insertProfile(tx, profile)
      const node = await insertStandaloneNode(scope, spec, {
        name,
        role: checkText('role', input.role ?? ''),
        metadata: checkMetadata('metadata', input.metadata ?? {}),
        physicalId: input.identity,
      })
      const action = await scope.act({
        name: 'NODE_CREATE',
        clusterId,
        poolId: node.poolId,
        nodeId: node.id,
        inputs: { adopts: input.identity },
      })
      scope.event({
        type: 'node.adoptionRequested',
        nodeId: node.id,
        actionId: action.id,
        because: `${principal.name} asked to have ${profile.type} ${input.identity} adopted as node "${name}"`,
        data: { type: profile.type, identity: input.identity },
      })
      return { node, profile, action }
    },
  })
}

async function inspect(deps: ControlDeps, input: AdoptionInput): Promise<ValidatedProfile> {
  const { identity, type, overrides = {}, snapshot = false } = input
  if (typeof identity !== 'string' || identity === '') {
    throw new InvalidRequestError('identity', 'must be the physical id of what is to be adopted')
  }
  if (!isObject(overrides)) throw new InvalidRequestError('overrides', 'must be an object')
  const runtime = requireAdopting(requireRuntime(deps.runtimes, type))
  const version = input.version ?? (runtime.versions.at(-1) as string)
  const properties = { ...(await runtime.inspect(identity, { snapshot })), ...overrides } as JsonObject
  return { type, version, properties }
}

function requireAdopting(runtime: Runtime): Runtime & Adopts {
  if (supportsAdoption(runtime)) return runtime
  throw new InvalidStateError(`nodes of type ${runtime.type} cannot be adopted; create one instead`)
}
