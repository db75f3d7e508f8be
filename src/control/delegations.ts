import { ForbiddenError, InvalidRequestError, LimitExceededError, NotFoundError } from '../domain/errors.ts'
import { type Delegation, NO_RULE } from '../domain/governance.ts'
import type { DelegationId } from '../domain/ids.ts'
import type { PublishedProject } from '../domain/published-project.ts'
import { principalNameOf, roleIn } from '../domain/user.ts'
import { getGovernanceRules } from '../store/governance.ts'
import { endDelegation, insertDelegation, listDelegations } from '../store/sign-offs.ts'
import { findUser } from '../store/users.ts'
import type { Caller, ControlDeps } from './control.ts'
import { requireRight } from './deployer-rights.ts'
import type { DelegateInput } from './governance-verbs.ts'
import { isReviewer } from './mandate.ts'
import { look, performInProject, type Scope } from './perform.ts'
import { requireReadableProject } from './readable.ts'
import { checkInteger, requireText } from './validate.ts'

const YEAR_SECONDS = 365 * 24 * 3600
const MOST_DELEGATIONS = 1000

/** @see ApprovalVerbs.delegate */
export async function delegate(
  deps: ControlDeps,
  caller: Caller,
  ref: string,
  input: DelegateInput,
): Promise<Delegation> {
  const { principal } = caller
  const { delegation } = await performInProject(
    deps,
    caller,
    {
      verb: 'approvals.delegate',
      input: [ref, input],
      work: async (scope) => {
        const { tx, project, now, ids } = scope
        const publishedProject = await requireReadableProject(scope, ref)
        await checkIsReviewer(scope, publishedProject)
        const to = await checkDelegate(scope, input.to)
        if ((await listDelegations(tx, publishedProject.id, now)).length >= MOST_DELEGATIONS) {
          throw new LimitExceededError(
            `published project "${publishedProject.key}" has ${MOST_DELEGATIONS} delegations, and may not have more`,
          )
        }
        const seconds = checkInteger('forSeconds', input.forSeconds, 1, YEAR_SECONDS)
        const delegation: Delegation = {
          id: ids.next<DelegationId>(),
          projectId: project.id,
          publishedProjectId: publishedProject.id,
          from: principal.name,
          to,
          until: now + seconds * 1000,
          createdAt: now,
          endedAt: null,
        }
        await insertDelegation(tx, delegation)
        const until = new Date(delegation.until).toISOString()
        scope.event({
          type: 'approval.delegated',
          because: `${principal.name} lets ${to} sign off bundles of "${publishedProject.key}" for them until ${until}`,
          data: { publishedProject: publishedProject.key, to, until: delegation.until },
        })
        return { delegation }
      },
    },
    'viewer',
  )
  return delegation
}

/** @see ApprovalVerbs.delegations */
export function listDelegationsOf(
  deps: ControlDeps,
  caller: Caller,
  ref: string,
): Promise<readonly Delegation[]> {
  return look(deps, caller, 'approvals.delegations', async (tx, project) => {
    const { id } = await requireReadableProject({ tx, project, principal: caller.principal }, ref)
    return await listDelegations(tx, id, deps.clock.now())
  })
}

/** @see ApprovalVerbs.endDelegation */
export async function endDelegationOf(
  deps: ControlDeps,
  caller: Caller,
  ref: string,
  id: string,
): Promise<Delegation> {
  const { principal } = caller
  const { delegation } = await performInProject(
    deps,
    caller,
    {
      verb: 'approvals.endDelegation',
      input: [ref, id],
      work: async (scope) => {
        const { tx, now, event } = scope
        const publishedProject = await requireReadableProject(scope, ref)
        const found = (await listDelegations(tx, publishedProject.id, now)).find((one) => one.id === id)
        if (!found) throw new NotFoundError('delegation', id)
        if (found.from !== principal.name) {
          const what = "approvals.endDelegation of somebody else's"
          requireRight(scope, 'admin', [publishedProject], what)
        }
        await endDelegation(tx, found.id, now)
        event({
          type: 'approval.delegationEnded',
          because: `${principal.name} took back that ${found.to} signs off bundles of "${publishedProject.key}" for ${found.from}`,
          data: { publishedProject: publishedProject.key, from: found.from, to: found.to },
        })
        return { delegation: { ...found, endedAt: now } }
      },
    },
    'viewer',
  )
  return delegation
}

/** @throws ForbiddenError unless the caller may sign off for some stage in their own right */
async function checkIsReviewer({ tx, project, principal }: Scope, thing: PublishedProject): Promise<void> {
  const rules = Object.values((await getGovernanceRules(tx, thing.id)).stages)
  const mayLend =
    (principal.login?.applicationCredentialId ?? null) === null &&
    [...rules, NO_RULE].some((rule) => isReviewer(principal, project, thing, rule))
  if (mayLend) return
  throw new ForbiddenError(
    `approvals.delegate is for reviewers of published project "${thing.key}", of whom ${principal.name} is none`,
  )
}

/** @returns the principal's name */
async function checkDelegate({ tx, project, principal }: Scope, given: string): Promise<string> {
  const user = (await findUser(tx, requireText('to', given)))?.user
  if (!user?.enabled || roleIn(user.grants, project.id) === null) {
    throw new InvalidRequestError('to', `no user "${given}" has a role in project "${project.name}"`)
  }
  const name = principalNameOf(user)
  if (name === principal.name) throw new InvalidRequestError('to', 'must be somebody else')
  return name
}
