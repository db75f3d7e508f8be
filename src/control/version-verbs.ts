import type { Action } from '../domain/action.ts'
import type { PlatformVersion, Support } from '../domain/platform-version.ts'
import type { Page, PageRequest } from '../store/page.ts'
import type { Caller } from './control.ts'
import type { ClusterAction, UpdateView } from './views.ts'

export interface ChangeVersionInput {
  /** One minor version above or below the present one. */
  readonly version: string
  /** Passes over what speaks against it: nodes that do not serve, pools that are behind. */
  readonly force?: boolean
  /** On the way to an earlier version: after this long nodes that are not there go back. Default 12 hours. */
  readonly nodePhaseSeconds?: number
}

/** A version of the catalogue, and how far it is supported now. */
export interface PlatformVersionView extends PlatformVersion {
  readonly support: Support
}

/** A cluster's move to another version. */
export interface VersionChangeView {
  /** Carries it: status, reason, cancellation. */
  readonly action: Action
  readonly type: 'Upgrade' | 'Rollback'
  readonly from: string
  readonly to: string
  /** Of its pools; none for an upgrade, which pools follow when they are told to. */
  readonly updates: readonly UpdateView[]
}

export interface VersionVerbs {
  /** The versions there are, lowest first. */
  catalogue(caller: Caller): Promise<readonly PlatformVersionView[]>
  /**
   * Up: the cluster's version changes at once. Down: nodes of all pools go first, the version last.
   * @throws invalid_request (no such version), invalid_state (not one step away, or not to be taken back), conflict (an
   *   update is in flight on a pool), not_ready
   */
  change(caller: Caller, cluster: string, input: ChangeVersionInput): Promise<ClusterAction>
  /** Newest first. */
  list(caller: Caller, cluster: string, page: PageRequest): Promise<Page<VersionChangeView>>
  get(caller: Caller, id: string): Promise<VersionChangeView>
  /**
   * All nodes go back to the present version. Twice is the same as once.
   * @throws invalid_state once the version has changed, or the change has failed
   */
  cancel(caller: Caller, id: string): Promise<Action>
}
