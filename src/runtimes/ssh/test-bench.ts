import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { LeaseLostError } from '../../domain/errors.ts'
import type { BundleId, JsonObject, NodeId, ProfileId, Sha256 } from '../../domain/ids.ts'
import type { NodeTemplate, RevisionSpec } from '../../domain/revision.ts'
import { systemClock } from '../../system/clock.ts'
import type { Leftover, NodeHost, Place } from './directory.ts'
import { createSshRuntime, type HostDirectory, type SshRuntime, type SshRuntimeOptions } from './index.ts'
import { TestHosts } from './test-hosts.ts'

export interface SpecInput {
  readonly properties?: JsonObject
  readonly template?: NodeTemplate
  /** Name of a bundle made with {@link Bench.bundle}. */
  readonly bundle?: string
  readonly script?: string
}

/** Hosts, the runtimes opened over them, and an end of everything that they started. */
export interface Bench {
  readonly hosts: TestHosts
  readonly directory: HostDirectory & { readonly keys: Map<string, string> }
  open(options?: Partial<SshRuntimeOptions>): SshRuntime
  /** Makes an unpacked bundle out of file names and contents. */
  bundle(name: string, files: Readonly<Record<string, string>>): void
  spec(input?: SpecInput): RevisionSpec
  close(): Promise<void>
}

export async function createBench(count: number, extra = ''): Promise<Bench> {
  const hosts = await TestHosts.begin(count, extra)
  const runtimes: SshRuntime[] = []
  let settings: JsonObject = {}
  const directory = createDirectory(() => settings)
  const bundleDir = (name: string) => join(hosts.folder, 'bundles', digestOf(name))

  const open = (options: Partial<SshRuntimeOptions> = {}) => {
    const runtime = createSshRuntime({
      directory,
      code: {
        changes: async () => [],
        unpacked: async (digest) => join(hosts.folder, 'bundles', digest),
        archive: async (digest) => join(hosts.folder, 'bundles', `${digest}.zip`),
      },
      clock: systemClock,
      ...options,
    })
    runtimes.push(runtime)
    return runtime
  }
  return {
    hosts,
    directory,
    open,
    bundle(name, files) {
      for (const [path, text] of Object.entries(files)) {
        const file = join(bundleDir(name), path)
        mkdirSync(dirname(file), { recursive: true })
        writeFileSync(file, text, { mode: 0o755 })
      }
    },
    spec(input = {}) {
      const { bundle, script, template = {} } = input
      const properties: JsonObject = {
        hosts: hosts.hosts.map(({ address, port }) => ({ address, sshPort: port })),
        user: hosts.user,
        privateKey: hosts.privateKey,
        folder: join(hosts.folder, 'base'),
        ...(script === undefined && { command: ['sleep', '600'] }),
        ...{ service: 'supervised', stopGraceSeconds: 5, driftSeconds: 0 },
        ...input.properties,
      }
      const resolved = open().resolve({
        ...{ version: '1.0', properties, manifest: null, nodeTemplate: template },
        ...{ initializationScript: script ?? null, hasCode: bundle !== undefined },
      })
      settings = resolved.settings
      return {
        profile: { id: 'p' as ProfileId, name: 'p', type: 'ssh', version: '1.0' },
        code:
          bundle === undefined
            ? null
            : {
                ...{ bundleId: bundle as BundleId, bundle: `${bundle}@1`, digest: digestOf(bundle) },
                ...{ initializationScript: resolved.initializationScript, commandLineArguments: [] },
              },
        settings: resolved.settings,
        healthCheck: resolved.healthCheck,
        nodeTemplate: template,
        version: null,
      }
    },
    async close() {
      for (const runtime of runtimes) runtime.close()
      await hosts.close()
    },
  }
}

/** A digest by which a bundle is known, for its name. */
export function digestOf(name: string): Sha256 {
  return Buffer.from(name).toString('hex').padEnd(64, '0') as Sha256
}

/** Waits until something is true, for at most twenty seconds. */
export async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`waited 20 s for: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** As the store's, without a store: src/store/node-hosts.test.ts holds that one to the same rules. */
function createDirectory(settingsNow: () => JsonObject) {
  const nodes = new Map<NodeId, NodeHost>()
  const keys = new Map<string, string>()
  const leftovers = new Map<NodeId, Leftover>()
  const require = (node: NodeId, term: number) => {
    if ((nodes.get(node)?.term ?? 0) > term) throw new LeaseLostError(`node ${node}`)
  }
  return {
    keys,
    async find(node: NodeId) {
      const known = nodes.get(node)
      return known ? { ...known, settings: settingsNow() } : null
    },
    async claim(node: NodeId, term: number, candidates: readonly string[]) {
      require(node, term)
      const taken = [...nodes.values()].map(({ host }) => host)
      const known = nodes.get(node)
      const host = known?.host ?? candidates.find((each) => !taken.includes(each)) ?? null
      if (host !== null) nodes.set(node, { host, term, isReached: known?.isReached ?? false, settings: null })
      return host
    },
    async noteReached(node: NodeId) {
      nodes.set(node, { ...(nodes.get(node) as NodeHost), isReached: true })
    },
    async release(node: NodeId, term: number) {
      if (!nodes.has(node)) return
      require(node, term)
      nodes.set(node, { host: null, isReached: false, settings: null, term })
    },
    async giveUp(node: NodeId, term: number, place: Place) {
      require(node, term)
      nodes.delete(node)
      leftovers.set(node, { nodeId: node, term, ...place })
    },
    findLeftover: async (node: NodeId) => leftovers.get(node) ?? null,
    leftovers: async (_node: NodeId, { route, login }: Pick<Place, 'route' | 'login'>) =>
      [...leftovers.values()].filter((each) => each.route === route && each.login === login),
    async noteCleared(node: NodeId) {
      leftovers.delete(node)
    },
    pinnedKey: async (_node: NodeId, route: string) => keys.get(route) ?? null,
    async pinKey(_node: NodeId, route: string, key: string, replace: boolean) {
      if (replace || !keys.has(route)) keys.set(route, key)
      return keys.get(route) as string
    },
  }
}
