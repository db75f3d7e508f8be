import { InvalidRequestError, PreconditionFailedError } from '../domain/errors.ts'
import type { GovernanceRules, StageRule } from '../domain/governance.ts'
import type { JsonObject } from '../domain/ids.ts'
import type { Party } from '../domain/permissions.ts'
import { getGovernanceRules, putGovernanceRules } from '../store/governance.ts'
import type { Caller, ControlDeps } from './control.ts'
import { requireRight } from './deployer-rights.ts'
import type { StageRuleInput } from './governance-verbs.ts'
import type { Match } from './inputs.ts'
import { performInProject } from './perform.ts'
import { requireReadableProject } from './readable.ts'
import { checkStage } from './stages.ts'
import { checkInteger, checkName, isObject } from './validate.ts'
import { checkUserName } from './validate-identity.ts'

const TEN_YEARS_SECONDS = 10 * 365 * 24 * 3600
const MOST_REVIEWERS = 100

/** @see GovernanceVerbs.setRule */
export async function setRule(
  deps: ControlDeps,
  caller: Caller,
  request: {
    readonly publishedProject: string
    readonly stage: string
    readonly rule: StageRuleInput | null
    readonly match: Match
  },
): Promise<GovernanceRules> {
  const { publishedProject: ref, match } = request
  const { rules } = await performInProject(deps, caller, {
    verb: 'governance.setRule',
    input: request,
    work: async (scope) => {
      const { tx, project, principal, now, event } = scope
      const found = await requireReadableProject(scope, ref)
      requireRight(scope, 'admin', [found], 'governance.setRule')
      const before = await getGovernanceRules(tx, found.id)
      if (match.ifMatch !== undefined && match.ifMatch !== before.version) {
        throw new PreconditionFailedError('governance of published project', found.key)
      }
      const rule = request.rule === null ? null : checkRule(request.rule)
      // A rule of a stage that is gone may go, too.
      const isKnown = Object.hasOwn(before.stages, request.stage)
      const stage =
        rule === null && isKnown ? request.stage : await checkStage(tx, project.id, 'stage', request.stage)
      const { [stage]: _old, ...others } = before.stages
      const rules: GovernanceRules = {
        publishedProjectId: found.id,
        stages: rule === null ? others : { ...others, [stage]: rule },
        updatedAt: now,
        updatedBy: principal.name,
        version: before.version + 1,
      }
      await putGovernanceRules(tx, rules)
      const did = rule === null ? 'took away' : 'set'
      event({
        type: 'governance.ruleChanged',
        because: `${principal.name} ${did} the rule of published project "${found.key}" for stage "${stage}"`,
        data: { publishedProject: found.key, stage, rule: rule as unknown as JsonObject | null },
      })
      return { rules }
    },
  })
  return rules
}

function checkRule(given: StageRuleInput): StageRule {
  const { requiredSignOffs = 0, reviewers = [], expiresAfterSeconds = null } = given
  if (!Array.isArray(reviewers) || reviewers.length > MOST_REVIEWERS) {
    throw new InvalidRequestError('reviewers', `must be a list of at most ${MOST_REVIEWERS}`)
  }
  const rule: StageRule = {
    requiredSignOffs: checkInteger('requiredSignOffs', requiredSignOffs, 0, MOST_REVIEWERS),
    reviewers: reviewers.map((party: unknown, index) => checkParty(`reviewers[${index}]`, party)),
    expiresAfterSeconds:
      expiresAfterSeconds === null
        ? null
        : checkInteger('expiresAfterSeconds', expiresAfterSeconds, 1, TEN_YEARS_SECONDS),
    publisherMayApprove: given.publisherMayApprove === true,
    requireSignature: given.requireSignature === true,
  }
  const users = new Set(rule.reviewers.flatMap((party) => ('user' in party ? party.user : [])))
  const isUsersOnly = rule.reviewers.length > 0 && rule.reviewers.every((party) => 'user' in party)
  if (isUsersOnly && users.size < rule.requiredSignOffs) {
    throw new InvalidRequestError(
      'requiredSignOffs',
      `${rule.requiredSignOffs} can never be reached by ${users.size} reviewers`,
    )
  }
  return rule
}

/** @throws InvalidRequestError */
function checkParty(field: string, party: unknown): Party {
  if (isObject(party) && Object.keys(party).length === 1) {
    if ('group' in party) return { group: checkName(`${field}.group`, party['group']) }
    if ('user' in party) return { user: checkUserName(`${field}.user`, party['user']) }
  }
  throw new InvalidRequestError(field, 'must name either a group or a user, and nothing else')
}
