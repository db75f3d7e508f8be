import type { Bundle } from '../domain/bundle.ts'
import { InvalidRequestError, InvalidStateError, NotFoundError } from '../domain/errors.ts'
import { NO_RULE, ruleOf, type SignOff, type SignOffDecision } from '../domain/governance.ts'
import type { SignOffId } from '../domain/ids.ts'
import { getGovernanceRules } from '../store/governance.ts'
import { endSignOff, findStandingSignOff, insertSignOff, listSignOffs } from '../store/sign-offs.ts'
import { statusOfBundle } from './bundle-status.ts'
import type { Caller, ControlDeps } from './control.ts'
import { delegate, endDelegationOf, listDelegationsOf } from './delegations.ts'
import { requireRight } from './deployer-rights.ts'
import type { ApprovalVerbs, ApproveInput, WithdrawInput } from './governance-verbs.ts'
import { findGoverned, type Governed } from './governed-bundle.ts'
import { findMandate } from './mandate.ts'
import { look, performInProject } from './perform.ts'
import { requireReadableProject } from './readable.ts'
import { checkStage } from './stages.ts'
import { checkInteger, checkText } from './validate.ts'

const TEN_YEARS_SECONDS = 10 * 365 * 24 * 3600

export function createApprovalVerbs(deps: ControlDeps): ApprovalVerbs {
  return {
    approve: (caller, bundle, input) => signOff(deps, caller, bundle, input, 'APPROVED'),
    reject: (caller, bundle, input) => signOff(deps, caller, bundle, input, 'REJECTED'),
    withdraw: (caller, bundle, input) => withdraw(deps, caller, bundle, input),
    list: (caller, filter, page) =>
      look(deps, caller, 'approvals.list', async (tx, project) => {
        const { publishedProject, bundle, stage } = filter
        if (publishedProject === undefined && bundle === undefined) {
          throw new InvalidRequestError('publishedProject', 'give a published project or a bundle')
        }
        const viewer = { tx, project, principal: caller.principal }
        const asked: Partial<Governed> & Pick<Governed, 'publishedProject'> =
          bundle === undefined
            ? { publishedProject: await requireReadableProject(viewer, publishedProject as string) }
            : await findGoverned(viewer, bundle)
        const ids = { publishedProjectId: asked.publishedProject.id, bundleId: asked.bundle?.id }
        return await listSignOffs(tx, { ...ids, stage }, page)
      }),
    status: (caller, bundle, stage) =>
      look(deps, caller, 'approvals.status', async (tx, project) => {
        const governed = await findGoverned({ tx, project, principal: caller.principal }, bundle)
        return await statusOfBundle(tx, project, governed, { stage, now: deps.clock.now() })
      }),
    delegate: (caller, ref, input) => delegate(deps, caller, ref, input),
    delegations: (caller, ref) => listDelegationsOf(deps, caller, ref),
    endDelegation: (caller, ref, id) => endDelegationOf(deps, caller, ref, id),
  }
}

async function signOff(
  deps: ControlDeps,
  caller: Caller,
  ref: string,
  input: ApproveInput,
  decision: SignOffDecision,
): Promise<SignOff> {
  const verb = decision === 'APPROVED' ? 'approvals.approve' : 'approvals.reject'
  const { principal } = caller
  const made = await performInProject(
    deps,
    caller,
    {
      verb,
      input: [ref, input],
      work: async (scope) => {
        const { tx, project, now } = scope
        const { bundle, publishedProject } = await findGoverned(scope, ref)
        const stage = await checkStage(tx, project.id, 'stage', input.stage)
        const rule = ruleOf(await getGovernanceRules(tx, publishedProject.id), stage) ?? NO_RULE
        const fullName = `${bundle.name}@${bundle.version}`
        const mandate = await findMandate(scope, {
          publishedProject,
          stage,
          rule,
          what: `${verb} of ${fullName}`,
        })
        if (decision === 'APPROVED' && !rule.publisherMayApprove) {
          refusePublisher(bundle, [principal.name, mandate.onBehalfOf])
        }
        const expires = input.expiresInSeconds
        const signOff: SignOff = {
          id: scope.ids.next<SignOffId>(),
          projectId: project.id,
          publishedProjectId: publishedProject.id,
          bundleId: bundle.id,
          bundle: fullName,
          stage,
          reviewer: principal.name,
          onBehalfOf: mandate.onBehalfOf,
          groups: mandate.groups,
          decision,
          comment: checkText('comment', input.comment ?? ''),
          at: now,
          expiresAt:
            expires === undefined
              ? null
              : now + checkInteger('expiresInSeconds', expires, 1, TEN_YEARS_SECONDS) * 1000,
          endedAt: null,
          endedBy: null,
        }
        const before = await findStandingSignOff(tx, signOff)
        if (before) await endSignOff(tx, before.id, now, principal.name)
        await insertSignOff(tx, signOff)
        scope.event({
          type: decision === 'APPROVED' ? 'bundle.approved' : 'bundle.rejected',
          because: sentenceOf(signOff),
          data: {
            bundle: fullName,
            stage,
            onBehalfOf: mandate.onBehalfOf,
            comment: signOff.comment,
            expiresAt: signOff.expiresAt,
          },
        })
        return { signOff }
      },
    },
    'viewer',
  )
  return made.signOff
}

function sentenceOf({ reviewer, onBehalfOf, decision, bundle, stage, comment }: SignOff): string {
  const who = onBehalfOf === null ? reviewer : `${reviewer}, for ${onBehalfOf},`
  const did = decision === 'APPROVED' ? 'approved' : 'rejected'
  return `${who} ${did} bundle ${bundle} for stage "${stage}"${comment === '' ? '' : `: ${comment}`}`
}

function refusePublisher({ createdBy, name, version }: Bundle, speakers: readonly (string | null)[]): void {
  if (!speakers.includes(createdBy)) return
  throw new InvalidStateError(
    `bundle ${name}@${version} was published by ${createdBy}, whose own approval does not count: somebody else has to approve it`,
  )
}

async function withdraw(
  deps: ControlDeps,
  caller: Caller,
  ref: string,
  input: WithdrawInput,
): Promise<SignOff> {
  const { principal } = caller
  const reviewer = input.reviewer ?? principal.name
  const { signOff } = await performInProject(
    deps,
    caller,
    {
      verb: 'approvals.withdraw',
      input: [ref, input],
      work: async (scope) => {
        const { tx, now } = scope
        const { bundle, publishedProject } = await findGoverned(scope, ref)
        if (reviewer !== principal.name) {
          requireRight(scope, 'admin', [publishedProject], "approvals.withdraw of somebody else's sign-off")
        }
        const found = await findStandingSignOff(tx, { bundleId: bundle.id, stage: input.stage, reviewer })
        if (!found) throw new NotFoundError('sign-off', `${reviewer} on ${ref} for stage ${input.stage}`)
        await endSignOff(tx, found.id, now, principal.name)
        const whose = reviewer === principal.name ? 'their' : `${reviewer}'s`
        const what = found.decision === 'APPROVED' ? 'approval' : 'rejection'
        scope.event({
          type: 'bundle.signOffWithdrawn',
          because: `${principal.name} withdrew ${whose} ${what} of bundle ${found.bundle} for stage "${found.stage}"`,
          data: { bundle: found.bundle, stage: found.stage, reviewer, decision: found.decision },
        })
        return { signOff: { ...found, endedAt: now, endedBy: principal.name } }
      },
    },
    'viewer',
  )
  return signOff
}
