import { findPrincipal } from '../access/principals.ts'
import { ForbiddenError } from '../domain/errors.ts'
import type { StageRule } from '../domain/governance.ts'
import { isParty } from '../domain/permissions.ts'
import type { Principal, Project } from '../domain/principal.ts'
import type { PublishedProject } from '../domain/published-project.ts'
import { listDelegations } from '../store/sign-offs.ts'
import { hasRight } from './deployer-rights.ts'
import type { Scope } from './perform.ts'

/** In whose right somebody signs off. */
export interface Mandate {
  /** Null: in their own. */
  readonly onBehalfOf: string | null
  /** Of whoever has the right. */
  readonly groups: readonly string[]
}

/**
 * The caller's own right to sign off, else one that is delegated to the caller by somebody who has it at this moment.
 * @param question.what for the refusal: `approvals.approve of web@2`
 * @throws ForbiddenError
 */
export async function findMandate(
  { tx, project, principal, now }: Scope,
  question: {
    readonly publishedProject: PublishedProject
    readonly stage: string
    readonly rule: StageRule
    readonly what: string
  },
): Promise<Mandate> {
  const { publishedProject, stage, rule, what } = question
  if (principal.login && principal.login.applicationCredentialId !== null) {
    throw new ForbiddenError(
      `${what} is a user's own word, which an application credential cannot give; log in by password`,
    )
  }
  if (isReviewer(principal, project, publishedProject, rule)) {
    return { onBehalfOf: null, groups: principal.groups ?? [] }
  }
  for (const { from } of await listDelegations(tx, publishedProject.id, now, principal.name)) {
    const lender = await findPrincipal(tx, from, now)
    if (lender && isReviewer(lender, project, publishedProject, rule)) {
      return { onBehalfOf: from, groups: lender.groups ?? [] }
    }
  }
  throw new ForbiddenError(
    `${what} for stage "${stage}" is for its reviewers (${namesOf(rule)}), of whom ${principal.name} is none`,
  )
}

/** Whether a principal may sign off by the rule, in their own right. */
export function isReviewer(
  principal: Principal,
  project: Project,
  publishedProject: PublishedProject,
  { reviewers }: StageRule,
): boolean {
  if (!hasRight(principal, project, 'read', [publishedProject])) return false
  if (reviewers.length === 0) return hasRight(principal, project, 'write', [publishedProject])
  return reviewers.some((party) => isParty(principal, party))
}

function namesOf({ reviewers }: StageRule): string {
  if (reviewers.length === 0) return 'everybody who may write the published project'
  return reviewers
    .map((party) => ('group' in party ? `group "${party.group}"` : `user "${party.user}"`))
    .join(', ')
}
