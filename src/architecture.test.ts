import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'

/**
 * Who may import whom. A room is a folder (or a file) of src/; `*` stands for any one folder, each of which is a room
 * by itself. A file belongs to the most exact room that fits; inside its room it may import anything. Tests may
 * import everything: they wire real things together.
 */
const ROOMS: Readonly<Record<string, Room>> = {
  domain: { may: [], pure: true },
  planner: { may: ['domain'], mayAsTypes: ['policies', 'policies/*'], pure: true },
  policies: { may: ['domain'], pure: true },
  'policies/index.ts': { may: ['domain', 'policies/*'], pure: true },
  'policies/*': { may: ['domain', 'policies'], pure: true },
  system: { may: ['domain'] },
  store: { may: ['domain'] },
  'store/*': { may: ['domain', 'store', 'system'] },
  runtimes: { may: ['domain', 'system'] },
  'runtimes/index.ts': { may: ['domain', 'system', 'runtimes/*'] },
  // A runtime checks its properties as a manifest is checked, and shares the schema of what both can say.
  'runtimes/*': {
    may: ['domain', 'system', 'runtimes', 'bundles/manifest-schema.ts', 'bundles/schema-check.ts'],
  },
  // It pretends in the scripted runtime's world.
  'runtimes/simulated': {
    may: ['domain', 'system'].concat(
      ['client', 'config', 'index', 'world'].map((file) => `runtimes/scripted/${file}.ts`),
    ),
  },
  balancers: { may: ['domain', 'system'] },
  'balancers/index.ts': { may: ['domain', 'system', 'balancers/*'] },
  'balancers/*': { may: ['domain', 'system', 'balancers'] },
  bundles: { may: ['domain', 'system', 'runtimes'] },
  // What a network looks like is told in one place.
  config: { may: ['domain', 'bundles/limits.ts', 'system/network.ts'] },
  secrets: { may: ['domain', 'store', 'system'] },
  access: { may: ['domain', 'store', 'system'] },
  control: {
    // There is one way to check a value against a schema and to say what is wrong.
    may: [
      ...['domain', 'planner', 'policies', 'policies/index.ts', 'policies/*', 'store', 'system', 'access'],
      ...['runtimes/runtime.ts', 'runtimes/properties.ts', 'bundles/schema-check.ts'],
    ],
    mayAsTypes: ['bundles'],
  },
  engine: {
    may: [
      ...['domain', 'planner', 'policies', 'policies/index.ts', 'policies/*', 'store', 'system'],
      ...['runtimes/runtime.ts', 'balancers/balancer.ts'],
    ],
  },
  // A page of results is the store's shape; the verbs hand it through.
  api: {
    may: ['domain', 'control', 'access', 'system', 'config'],
    mayAsTypes: ['runtimes', 'store/store.ts', 'store/page.ts'],
  },
  // What these two tell is about the store itself, and asked for by nobody who could be authorized.
  'api/health.ts': { may: ['domain', 'store', 'system'] },
  'api/metrics.ts': { may: ['domain', 'store', 'system'] },
  gateways: { may: ['domain', 'control', 'access', 'system'], mayAsTypes: ['config'] },
  'gateways/index.ts': { may: ['gateways/*'] },
  'gateways/*': {
    may: ['domain', 'control', 'access', 'system', 'config', 'gateways', 'gateways/aws'],
    mayAsTypes: ['store/page.ts'],
  },
  // What the gateways of AWS's services share.
  'gateways/aws': { may: ['domain', 'control', 'access', 'system', 'gateways'] },
  cli: {
    may: ['domain', 'system', 'config', 'bundles/pack.ts'],
    mayAsTypes: ['maintenance/report.ts'],
  },
  // Works on what a server keeps while there is none, or beside it.
  maintenance: {
    may: [
      'domain',
      'system',
      'config',
      'secrets',
      'store',
      'store/*',
      'bundles',
      'runtimes/process/groups.ts',
    ].concat(['process-table', 'run-state', 'translate'].map((file) => `runtimes/process/${file}.ts`)),
  },
  // The one place that makes real things and wires them together, and the program around it.
  'drover.ts': { may: ['anything'] },
  'main.ts': { may: ['anything'] },
  'start.js': { may: ['main.ts'] },
}

interface Room {
  /** Rooms, files, or `anything`. */
  readonly may: readonly string[]
  /** Rooms of which only types may be imported. */
  readonly mayAsTypes?: readonly string[]
  /** A decision is a function of what it is given: no packages, no clock, no chance. */
  readonly pure?: boolean
}

/** Programs beside src/ use Drover from outside, as anybody would. */
const OUTSIDE = ['examples', 'console', 'system', 'conformance']

const ROOT = join(import.meta.dirname, '..')
const MAX_LINES = 400

interface Import {
  readonly from: string
  /** Path from the repository's root, or the package's name. */
  readonly to: string
  readonly isLocal: boolean
  readonly isType: boolean
}

const sources = ['src', 'scripts', 'sim', 'bench', ...OUTSIDE].flatMap(listSources)
const imports = sources.flatMap(readImports)
const isTest = (file: string) =>
  /(\.test|\.system|(^|\/)conformance|(^|\/)test-[^/]+|\/testing\/.*)\.ts$/.test(file)

test('imports point one way', () => {
  const wrong = imports
    .filter(({ from, isLocal }) => from.startsWith('src/') && !isTest(from) && isLocal)
    .flatMap((item) => explainForbidden(item))
  assert.deepEqual(wrong, [])
})

test('decisions hang on nothing but what they are given', () => {
  const pure = (file: string) => file.startsWith('src/') && !isTest(file) && ROOMS[roomOf(file)]?.pure
  const packages = imports
    .filter(({ from, isLocal }) => !isLocal && pure(from))
    .map(({ from, to }) => `${from} imports ${to}, but ${roomOf(from)} is pure: hand in what it needs`)
  const impure = sources
    .filter(pure)
    .filter((file) => /\b(Date\.now|new Date\(\)|Math\.random|setTimeout|process\.)/.test(codeOf(file)))
    .map((file) => `${file} reads a clock, chance or the process, but ${roomOf(file)} is pure`)
  assert.deepEqual([...packages, ...impure], [])
})

test('examples, the console and the tests of the whole program import nothing of src', () => {
  const wrong = imports
    .filter(
      ({ from, to }) => OUTSIDE.some((folder) => from.startsWith(`${folder}/`)) && to.startsWith('src/'),
    )
    // What writes dishonest zips, or starts a PostgreSQL, serves every test; one of them plays a newer Drover's schema.
    .filter(({ from, to }) => !(from.startsWith('system/') && (isTest(to) || to.startsWith('src/store/'))))
    .filter(({ from, to }) => !(isTest(from) && isTest(to)))
    .map(
      ({ from, to }) => `${from} imports ${to}, but it must use Drover from outside: the CLI or the REST API`,
    )
  assert.deepEqual(wrong, [])
})

// Types are gone at run time, so a file may name the type of what it becomes part of (`ControlDeps` of control.ts).
test('no import cycle exists', () => {
  const cycle = findCycle()
  assert.equal(cycle && `${cycle.join(' → ')}: move what both need into a file of its own`, undefined)
})

test('only config and cli look at the environment', () => {
  // Before anything of ours is loaded, start.js looks for where compiled code is kept.
  const allowed = ['src/config/', 'src/cli/', 'src/start.js']
  const wrong = sources
    .filter(
      (file) =>
        file.startsWith('src/') && !isTest(file) && !allowed.some((prefix) => file.startsWith(prefix)),
    )
    .filter((file) => /\bprocess\.env\b/.test(codeOf(file)))
    .map(
      (file) =>
        `${file} reads process.env: declare a setting in src/config/settings.ts and take it as an option`,
    )
  assert.deepEqual(wrong, [])
})

test('nobody imports node:http, for what comes along with it', () => {
  const wrong = imports
    .filter(
      ({ from, to, isType }) => from.startsWith('src/') && !isTest(from) && to === 'node:http' && !isType,
    )
    .map(({ from }) => `${from} imports node:http: take it from src/system/http.ts, which says why`)
  assert.deepEqual(wrong, [])
})

test('no source file is longer than can be read at once', () => {
  const long = sources
    .map((file) => ({ file, lines: readFileSync(join(ROOT, file), 'utf8').split('\n').length - 1 }))
    .filter(({ lines }) => lines > MAX_LINES)
    .map(({ file, lines }) => `${file} has ${lines} lines, ${MAX_LINES} allowed: find the second idea in it`)
  assert.deepEqual(long, [])
})

test('every source file is in a room', () => {
  const homeless = sources.filter(
    (file) => file.startsWith('src/') && !isTest(file) && ROOMS[roomOf(file)] === undefined,
  )
  assert.deepEqual(
    homeless,
    [],
    'add the folder to ROOMS in src/architecture.test.ts, and say what it may import',
  )
})

test('every dependency has its reason in docs/decisions', () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
    devDependencies: Record<string, string>
  }
  const folder = join(ROOT, 'docs/decisions')
  const pages = readdirSync(folder).map((page) => readFileSync(join(folder, page), 'utf8'))
  const unexplained = Object.keys({ ...dependencies, ...devDependencies })
    .filter((name) => !name.startsWith('@types/'))
    .filter((name) => !pages.some((page) => namesPackage(page, name)))
  assert.deepEqual(unexplained, [])
})

function namesPackage(page: string, name: string): boolean {
  const words = page.toLowerCase().split(/[^a-z0-9@/-]+/)
  return words.includes(name.toLowerCase())
}

function explainForbidden({ from, to, isType }: Import): string[] {
  const room = roomOf(from)
  const rule = ROOMS[room]
  if (rule === undefined || isTest(to)) return isTest(to) ? [`${from} imports ${to}, which is for tests`] : []
  const isOwn = homeOf(from) === homeOf(to)
  const fits = (allowed: string) =>
    allowed === 'anything' || allowed === roomOf(to) || `src/${allowed}` === to
  if (isOwn || rule.may.some(fits)) return []
  if (rule.mayAsTypes?.some(fits)) {
    return isType ? [] : [`${from} imports ${to}, but ${room} may import only types from there`]
  }
  return [`${from} imports ${to}, but ${room} may import only: ${rule.may.join(', ') || 'nothing of ours'}`]
}

/** The key of ROOMS that fits a file best; the file's own folder if none does. */
function roomOf(file: string): string {
  const path = file.replace(/^src\//, '')
  const [first = '', second] = path.split('/')
  const nested = path.split('/').length > 2
  const candidates = [path, ...(nested ? [`${first}/${second}`, `${first}/*`] : []), first]
  return candidates.find((candidate) => ROOMS[candidate] !== undefined) ?? path
}

/** Where a file may import anything: its room; a file with rules of its own is at home in its folder. */
function homeOf(file: string): string {
  const room = roomOf(file)
  if (room.endsWith('/*')) return file.split('/').slice(0, 3).join('/')
  return room.split('/')[0]!
}

function listSources(folder: string): string[] {
  const path = join(ROOT, folder)
  if (!existsSync(path)) return []
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(ts|tsx|mjs|js)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
    .filter((file) => !file.includes('node_modules/'))
    .sort()
}

function readImports(from: string): Import[] {
  const code = codeOf(from)
  const statements = [...code.matchAll(/\b(?:import|export)\b(\s+type\b)?[^;'"`()]*?\bfrom\s+'([^']+)'/g)]
  const others = [...code.matchAll(/\bimport\s*(\()?\s*'([^']+)'/g)]
  const found = [
    ...statements.map(([, type, to]) => ({ to: to!, isType: type !== undefined })),
    ...others.map(([, , to]) => ({ to: to!, isType: false })),
  ]
  return found.map(({ to, isType }) => {
    const isLocal = to.startsWith('.')
    return { from, to: isLocal ? normalize(join(dirname(from), to)) : to, isLocal, isType }
  })
}

/** Without comments, so that what they quote is not taken for code. */
function codeOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
}

function findCycle(): string[] | undefined {
  const edges = new Map<string, string[]>()
  for (const { from, to, isLocal, isType } of imports) {
    if (isLocal && !isType) edges.set(from, [...(edges.get(from) ?? []), to])
  }
  const done = new Set<string>()
  const visit = (file: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file]
    if (done.has(file)) return undefined
    for (const next of edges.get(file) ?? []) {
      const cycle = visit(next, [...trail, file])
      if (cycle) return cycle
    }
    done.add(file)
    return undefined
  }
  for (const file of edges.keys()) {
    const cycle = visit(file, [])
    if (cycle) return cycle
  }
  return undefined
}
