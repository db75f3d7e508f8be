import type { Manifest } from '../domain/bundle.ts'
import type { Drift } from '../domain/drift.ts'
import type { HealthCheck } from '../domain/health-check.ts'
import type { Json, JsonObject, NodeId, RevisionId, Sha256 } from '../domain/ids.ts'
import type { Endpoint } from '../domain/node.ts'
import type { Operations } from '../domain/operation.ts'
import type { Properties } from '../domain/property.ts'
import type { NodeTemplate, RevisionSpec } from '../domain/revision.ts'
import type { Log } from '../system/log.ts'

/**
 * What makes nodes real. Every call may be repeated after a crash, by another engine, at any time, so each
 * is idempotent; "already done" is success. Every call honours `ctx.signal`; one that does not is given up some seconds later, and
 * what follows on its node has a higher term. What only some runtimes can do is an interface of its own below, found with `supports…`.
 *
 * The life of a node, as the engine drives it:
 * ```
 *   prepare ─► start ─► observe, observe, … ─► prepare ─► start (the new revision replaces the old) ─► … ─► remove
 *                                          └─► stop ─► start …
 * ```
 */
export interface Runtime {
  /** The profile type it serves. */
  readonly type: string
  /** Versions of its property schema, newest last. */
  readonly versions: readonly string[]
  /** JSON Schema (draft 2020-12) of a profile's properties, for documents and clients. */
  readonly propertiesSchema: JsonObject

  /**
   * Makes a revision's settings out of what the profile, the bundle's manifest and the template say.
   * The profile overrides the manifest, the manifest overrides the defaults. Pure.
   * @throws InvalidSpecError naming the property and the rule it broke
   */
  resolve(input: ResolveInput): ResolvedSettings

  /** Whatever can be done while the old revision still serves: unpack the code, run `preInstall`. */
  prepare(ctx: RuntimeContext, node: NodeRef, wanted: Wanted): Promise<void>

  /**
   * Sees to it that exactly the wanted thing runs on this node. If it runs already (same key), answers with
   * it. If anything else runs on this node, that is stopped first (`preStop`, SIGTERM, grace, SIGKILL or the
   * like). Returns when the thing was started and `postStart` passed; it need not be healthy yet.
   * At most one live thing per node, whatever crashes.
   */
  start(ctx: RuntimeContext, node: NodeRef, wanted: Wanted): Promise<Started>

  /** Stops whatever runs on this node and keeps its files. The engine's grace period is in the settings. */
  stop(ctx: RuntimeContext, node: NodeRef, handle: Json): Promise<void>

  /** Stops the node and removes every trace of it. */
  remove(ctx: RuntimeContext, node: NodeRef, handle: Json): Promise<void>

  /** Looks at the node, and if it runs and a check is given, checks it once. */
  observe(ctx: RuntimeContext, node: NodeRef, handle: Json, check: HealthCheck | null): Promise<Observed>
}

/** Can put code in place under a running node without restarting it (strategy NO_RESTART). */
export interface PlacesCode {
  placeCode(ctx: RuntimeContext, node: NodeRef, wanted: Wanted): Promise<void>
}

/**
 * Can start a replacement beside what runs, so that a node serves without a break while it is moved (surge). For the length
 * of one step two things live on the node, of different starts; never more.
 * ```
 *   prepare ─► startBeside ─► observe the new one … ─► retire the old one      or, if it does not pass: retire the new one
 * ```
 * `observe` looks at what its handle names for as long as that lives.
 */
export interface StartsBeside {
  /**
   * Why nothing can run beside such a thing, as the end of a sentence about its profile; null if something can. Pure.
   */
  whyNotBeside(spec: RevisionSpec): string | null

  /**
   * As {@link Runtime.start}, but what was started with the key `kept` goes on. Whatever else is there is stopped first.
   * @param kept compared by {@link isSameStart}
   */
  startBeside(ctx: RuntimeContext, node: NodeRef, wanted: Wanted, kept: string): Promise<Started>

  /**
   * Ends whatever runs on this node but what was started with the key `kept`. From then on that is what runs on it, as if
   * {@link Runtime.start} had started it: also when it was there first and the other one was to take its place.
   */
  retire(ctx: RuntimeContext, node: NodeRef, kept: string): Promise<void>
}

/** Can let go of a node that it cannot reach. */
export interface LetsGo {
  /**
   * Gives a node up that could not be removed, and what it had of this runtime with it. What may still run is stopped by whoever
   * comes by next, before anything else is started there. Repeated after a crash, it answers the same.
   * @returns what may still run, and where, for people
   */
  letGo(ctx: RuntimeContext, node: NodeRef): Promise<string>
}

/** Tells by itself when a node may have changed, so that it need not be asked all the time. */
export interface TellsChanges {
  /** Whether a change of this node would be told: as long as it would, `observe` answers the same until then. */
  tellsOf(node: NodeId): boolean
  /** @returns the end of the subscription */
  onChange(listener: (node: NodeId) => void): () => void
}

/** Can look closely whether what is there is what was put there. */
export interface DetectsDrift {
  /**
   * Every way in which a node's real state differs from what it was started with; none if nothing does. Looks only. It
   * is called now and then, of nodes that nothing is being done to, so it may cost more than `observe`.
   * @param wanted what the node is believed to run, by the key of its last start
   */
  findDrift(ctx: RuntimeContext, node: NodeRef, handle: Json, wanted: Wanted): Promise<readonly Drift[]>
}

/** Keeps what its nodes print. */
export interface KeepsLogs {
  /**
   * The node's output, oldest first, `stdout` and `stderr` as one.
   * @param options.tailLines begin this many lines before the end; all that is kept if absent
   * @param options.follow go on until the signal aborts, else end with what is there
   */
  logs(node: NodeRef, options: LogOptions): AsyncIterable<Uint8Array>
}

export interface LogOptions {
  readonly tailLines?: number
  readonly follow: boolean
  readonly signal: AbortSignal
}

/** Describes the properties of its profiles one by one, so that gateways can print them in their vendors' formats. */
export interface DescribesProperties {
  readonly properties: Properties
  /**
   * Checks all that can be said of a profile by itself, instead of {@link Runtime.propertiesSchema} alone.
   * @throws InvalidSpecError naming the property and the rule it broke
   */
  checkProfile(version: string, properties: JsonObject): void
}

/** Can do more to what runs than start and stop it. */
export interface PerformsOperations {
  readonly operations: Operations
  /**
   * Does an operation. Repeated after a crash, it finds the work done, or does it again where that is as good.
   * @throws RuntimeFailedError when what runs is not in a state in which this can be done
   */
  perform(ctx: RuntimeContext, node: NodeRef, handle: Json, request: OperationRequest): Promise<void>
}

export interface OperationRequest {
  /** One of the runtime's operations. */
  readonly name: string
  /** Checked by its description, with every default filled in. */
  readonly params: JsonObject
}

/** Can take over what somebody else started, as if it had started it itself. */
export interface Adopts {
  /**
   * What a profile would have to say to get such a thing. Nothing is changed, unless `snapshot` asks for one.
   * @param identity the physical id
   * @throws RuntimeFailedError when there is no such thing, or it belongs to another node
   */
  inspect(identity: string, options: { readonly snapshot: boolean }): Promise<JsonObject>
  /**
   * Makes it what runs on this node: from then on it is as if {@link Runtime.start} had started it with that key.
   * @throws RuntimeFailedError as `inspect` does
   */
  adopt(ctx: RuntimeContext, node: NodeRef, wanted: Wanted, identity: string): Promise<Started>
}

/** Knows more of what runs than every runtime does. */
export interface ShowsDetails {
  /** In the words of the thing's own API; null if nothing runs. */
  details(node: NodeRef, handle: Json): Promise<JsonObject | null>
}

export function describesProperties(runtime: Runtime): runtime is Runtime & DescribesProperties {
  return 'checkProfile' in runtime
}

export function supportsOperations(runtime: Runtime): runtime is Runtime & PerformsOperations {
  return 'perform' in runtime
}

export function supportsAdoption(runtime: Runtime): runtime is Runtime & Adopts {
  return 'adopt' in runtime
}

export function supportsDetails(runtime: Runtime): runtime is Runtime & ShowsDetails {
  return 'details' in runtime
}

export function supportsLettingGo(runtime: Runtime): runtime is Runtime & LetsGo {
  return 'letGo' in runtime
}

export function supportsPlaceCode(runtime: Runtime): runtime is Runtime & PlacesCode {
  return 'placeCode' in runtime
}

export function supportsSurge(runtime: Runtime): runtime is Runtime & StartsBeside {
  return 'startBeside' in runtime
}

/** Why no replacement can start beside nodes of such a spec, as the end of a sentence about them; null if one can. */
export function whyNotBeside(runtime: Runtime | undefined, spec: RevisionSpec): string | null {
  if (runtime && supportsSurge(runtime)) return runtime.whyNotBeside(spec)
  return `nodes of type ${spec.profile.type} cannot have a replacement beside them`
}

export function supportsChanges(runtime: Runtime): runtime is Runtime & TellsChanges {
  return 'onChange' in runtime
}

export function supportsDrift(runtime: Runtime): runtime is Runtime & DetectsDrift {
  return 'findDrift' in runtime
}

export function supportsLogs(runtime: Runtime): runtime is Runtime & KeepsLogs {
  return 'logs' in runtime
}

export interface RuntimeContext {
  /** Aborted when the call's time is over, when somebody cancelled, or when the engine lost its lease. */
  readonly signal: AbortSignal
  /**
   * The engine's fencing number for this node, a safe integer. A runtime refuses a number below one it has seen for the
   * node (LeaseLostError).
   */
  readonly term: number
  readonly log: Log
}

/** A node as a runtime knows it. */
export interface NodeRef {
  readonly id: NodeId
  readonly name: string
  readonly index: number
  /** Empty for a node without a cluster. */
  readonly clusterName: string
  readonly projectName: string
  /** The host that its owner wants it on, `address` or `address:port`: its metadata's `host`. For runtimes whose nodes are hosts. */
  readonly host?: string
  /** Where it is to run, if policies said so. A runtime that knows no such places may pass the names on. */
  readonly placement?: NodePlacement
}

export interface NodePlacement {
  readonly region?: string
  readonly zone?: string
  /** Name of the nodes that are kept together or apart, and which of the two. */
  readonly group?: string
  readonly groupRule?: string
}

export interface Wanted {
  /**
   * Names one start: `<node>/<revision>/<attempt>`. The same key is the same thing: starting it twice gives one.
   */
  readonly key: string
  readonly revisionId: RevisionId
  readonly revisionNumber: number
  readonly spec: RevisionSpec
}

/** Code that was placed under a node has changed its revision, the middle part of its key, but started nothing. */
export function isSameStart(key: string, other: string): boolean {
  const [node, , attempt] = key.split('/')
  const [otherNode, , otherAttempt] = other.split('/')
  return node === otherNode && attempt === otherAttempt
}

export interface Started {
  /** Kept by the engine and handed back; the runtime puts a version into it. */
  readonly handle: Json
  readonly physicalId: string
  readonly endpoint: Endpoint | null
}

export interface Observed {
  readonly running: boolean
  /** The key it was started with, if the runtime still knows. */
  readonly key: string | null
  /** For people: "runs as pid 12", "exited with code 1 at …", "connection refused on port 9001". */
  readonly detail: string
  /** The check's result; null when none was asked for or the node does not run. */
  readonly passing: boolean | null
  /** Whether the node wants requests; absent when it does not pass, or its check does not ask. */
  readonly ready?: boolean
}

export interface ResolveInput {
  readonly version: string
  readonly properties: JsonObject
  readonly manifest: Manifest | null
  readonly nodeTemplate: NodeTemplate
  /** From the code configuration; overrides the manifest's. */
  readonly initializationScript: string | null
  /** Whether the revision has code at all. */
  readonly hasCode: boolean
}

export interface ResolvedSettings {
  readonly settings: JsonObject
  readonly healthCheck: HealthCheck
  /** The script that will be run, if it is a script: what the bundle must contain. */
  readonly initializationScript: string | null
}

/** Where a runtime on this host gets code from: unpacked once per host, read-only, shared by nodes. */
export interface CodeSource {
  /** @returns absolute path of a read-only folder with the bundle's files. */
  unpacked(digest: Sha256, signal: AbortSignal): Promise<string>
  /**
   * Which of the bundle's files were changed in an unpacked copy since it was made.
   * @returns their paths in the bundle; null if that folder is no copy of the bundle
   */
  changes(digest: Sha256, folder: string, signal: AbortSignal): Promise<readonly string[] | null>
  /** @returns absolute path of the zip. */
  archive(digest: Sha256): Promise<string>
}
