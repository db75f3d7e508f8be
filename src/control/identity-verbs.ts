import type { Project } from '../domain/principal.ts'
import type { ApplicationCredential, User } from '../domain/user.ts'
import type { Page, PageRequest } from '../store/page.ts'
import type { Asker } from './control.ts'
import type {
  ChangePasswordInput,
  CreateApplicationCredentialInput,
  CreateUserInput,
  IssueTokenInput,
  UserChanges,
} from './identity-inputs.ts'
import type { CreatedApplicationCredential, CreatedUser, IssuedToken, TokenView } from './identity-views.ts'

/**
 * Need the role administrator in all projects, or in each project the user has a grant for. Everybody may read their
 * own user. `user`: id or name.
 */
export interface UserVerbs {
  /** @throws already_exists */
  create(asker: Asker, input: CreateUserInput): Promise<CreatedUser>
  /** Those the asker may administer, and the asker's own. */
  list(asker: Asker, filter: { readonly name?: string }, page: PageRequest): Promise<Page<User>>
  get(asker: Asker, user: string): Promise<User>
  /** Works at once in this process, within seconds in others. */
  update(asker: Asker, user: string, changes: UserChanges): Promise<User>
  /**
   * One's own, logged in by password. Ends every login of the user, the one that asked for it as well.
   * @throws unauthenticated if the present one is wrong, rate_limited after too many such tries
   */
  changePassword(asker: Asker, input: ChangePasswordInput): Promise<User>
  /** With its tokens and application credentials. */
  delete(asker: Asker, user: string): Promise<User>
  /** Projects in which the asker's user has a role, whatever the asker's token is for. */
  projects(asker: Asker, page: PageRequest): Promise<Page<Project>>
}

/**
 * Each user makes their own; who may administer a user may see and delete the user's. `user`: id or name.
 * A login by an application credential may do neither, unless that is unrestricted.
 */
export interface ApplicationCredentialVerbs {
  /** @throws already_exists, limit_exceeded */
  create(
    asker: Asker,
    user: string,
    input: CreateApplicationCredentialInput,
  ): Promise<CreatedApplicationCredential>
  list(
    asker: Asker,
    user: string,
    filter: { readonly name?: string },
    page: PageRequest,
  ): Promise<Page<ApplicationCredential>>
  /** @param ref id or name */
  get(asker: Asker, user: string, ref: string): Promise<ApplicationCredential>
  /** With the tokens given for it. @param ref id or name */
  delete(asker: Asker, user: string, ref: string): Promise<ApplicationCredential>
}

/** A token is given for a login and stands for it until it expires or is revoked. */
export interface TokenVerbs {
  /** @throws unauthenticated whatever is wrong, rate_limited after too many failures */
  issue(input: IssueTokenInput): Promise<IssuedToken>
  /**
   * What a token stands for. One's own, or that of a user one may administer.
   * @throws not_found, also when it has expired
   */
  get(asker: Asker, token: string): Promise<TokenView>
  /** As `get`. Works at once in this process, within seconds in others. @throws not_found */
  revoke(asker: Asker, token: string): Promise<TokenView>
  /** Ends every login of a user. @returns how many tokens there were */
  revokeAllOf(asker: Asker, user: string): Promise<{ readonly revoked: number }>
}
