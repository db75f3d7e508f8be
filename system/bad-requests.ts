import type { RequestOptions } from './drover.ts'

/** Exit codes of the CLI, as docs/cli.md has them. */
export const EXIT = { usage: 2, refused: 5, notFound: 6, notAllowed: 7, notReachable: 9 } as const

/** The limit that the server of these tests is started with. */
export const MAX_BODY_BYTES = 4096

/** Something that must be refused, by the API and by the CLI. */
export interface BadRequest {
  readonly name: string
  readonly ask: readonly [method: string, path: string, options?: RequestOptions]
  readonly status: number
  readonly code: string
  readonly field?: string
  /** What the detail, and the CLI's message, says. */
  readonly says: RegExp
  /** The same asked by command. The CLI finds some of it by itself. */
  readonly cli?: { readonly args: readonly string[]; readonly exit: number; readonly says?: RegExp }
}

const update = (body: unknown): BadRequest['ask'] => ['POST', '/clusters/web/updates', { body }]
/** An update to version 2, with these parameters. */
export const params = (given: unknown) => update({ code: { bundle: 'hello-http@2' }, params: given })
/** The same as a command. */
export const start = (...options: string[]) => [
  'update',
  'start',
  'web',
  '--bundle',
  'hello-http@2',
  ...options,
]
const create = (body: object): BadRequest['ask'] => [
  'POST',
  '/clusters',
  { body: { name: 'bad', profile: 'process', code: { bundle: 'hello-http@1' }, ...body } },
]
const make = (name: string, ...options: string[]) => [
  ...['cluster', 'create', name, '--bundle', 'hello-http@1'],
  ...options,
]
const text = (body: string, contentType = 'application/json'): RequestOptions => ({
  body,
  headers: { 'content-type': contentType },
})
const maxUnavailable = { status: 400, code: 'invalid_request', field: 'params.maxUnavailable' } as const
const invalid = { status: 400, code: 'invalid_request' } as const

/** Asked of a server with a cluster `web` of 3 nodes (at least 1, at most 6) that run `hello-http@1`. */
export const badRequests: readonly BadRequest[] = [
  {
    name: 'a cluster name with blanks',
    ask: create({ name: 'no good' }),
    ...{ ...invalid, field: 'name', says: /name/ },
    cli: { args: make('no good'), exit: EXIT.refused },
  },
  {
    name: 'a cluster name that is too long',
    ask: create({ name: 'a'.repeat(64) }),
    ...{ ...invalid, field: 'name', says: /63/ },
    cli: { args: make('a'.repeat(64)), exit: EXIT.refused },
  },
  {
    name: 'a name that is taken',
    ask: create({ name: 'web' }),
    ...{ status: 409, code: 'already_exists', says: /cluster "web" exists already/ },
    cli: { args: make('web'), exit: EXIT.refused },
  },
  {
    name: 'a size above the bounds',
    ask: create({ size: 5, maxSize: 3 }),
    ...{
      status: 422,
      code: 'limit_exceeded',
      field: 'size',
      says: /5 nodes are more than the pool's maxSize, 3/,
    },
    cli: { args: make('bad', '--size', '5', '--max', '3'), exit: EXIT.refused },
  },
  {
    name: 'bounds that contradict each other',
    ask: create({ minSize: 4, maxSize: 3 }),
    ...{ ...invalid, field: 'minSize', says: /4 is above maxSize, 3/ },
    cli: { args: make('bad', '--min', '4', '--max', '3'), exit: EXIT.refused },
  },
  {
    name: 'a size below nothing',
    ask: create({ size: -1 }),
    ...{ ...invalid, field: 'size', says: /size/ },
    cli: { args: make('bad', '--size', '-1'), exit: EXIT.usage },
  },
  {
    name: 'a size in quotes',
    ask: create({ size: '3' }),
    ...{ ...invalid, field: 'size', says: /size: must be of type integer/ },
  },
  {
    name: 'a resize beyond the bounds',
    ask: ['POST', '/clusters/web/resize', { body: { desiredCapacity: 7 } }],
    ...{ status: 422, code: 'limit_exceeded', field: 'desiredCapacity', says: /7 nodes are more than .* 6/ },
    cli: { args: ['cluster', 'resize', 'web', '7'], exit: EXIT.refused },
  },
  {
    name: 'a resize below the bounds',
    ask: ['POST', '/clusters/web/scale-in', { body: { count: 3 } }],
    ...{ status: 422, code: 'limit_exceeded', field: 'count', says: /0 nodes are fewer than .* 1/ },
    cli: { args: ['cluster', 'scale-in', 'web', '--count', '3'], exit: EXIT.refused },
  },
  {
    name: 'an unknown profile type',
    ask: ['POST', '/profiles', { body: { name: 'odd', type: 'mainframe', properties: {} } }],
    ...{ status: 422, code: 'invalid_spec', field: 'type', says: /mainframe.*process/s },
    cli: { args: ['profile', 'create', 'odd', '--type', 'mainframe'], exit: EXIT.refused },
  },
  {
    name: 'an unknown property of a profile',
    ask: ['POST', '/profiles', { body: { name: 'odd', type: 'process', properties: { prot: true } } }],
    ...{ status: 422, code: 'invalid_spec', field: 'properties.prot', says: /prot/ },
    cli: { args: ['profile', 'create', 'odd', '--property', 'prot=true'], exit: EXIT.refused },
  },
  ...[
    { given: '0', exit: EXIT.refused },
    { given: '0%', exit: EXIT.refused },
    { given: '101%', exit: EXIT.refused },
    { given: -1, exit: EXIT.usage },
    { given: 1.5, exit: EXIT.usage },
    { given: 0, exit: EXIT.refused },
    { given: null },
  ].map(
    ({ given, exit }): BadRequest => ({
      name: `maxUnavailable ${JSON.stringify(given)}`,
      ask: params({ maxUnavailable: given }),
      ...{ ...maxUnavailable, says: /[uU]navailable/ },
      ...(exit !== undefined && { cli: { args: start('--max-unavailable', String(given)), exit } }),
    }),
  ),
  {
    name: 'an unknown strategy',
    ask: params({ strategy: 'YOLO' }),
    ...{ ...invalid, field: 'params.strategy', says: /strategy/ },
    cli: { args: start('--strategy', 'yolo'), exit: EXIT.usage },
  },
  {
    name: 'NO_RESTART with another script',
    ask: update({
      code: { bundle: 'other@1', initializationScript: 'other.mjs' },
      params: { strategy: 'NO_RESTART' },
    }),
    ...{ ...invalid, field: 'params.strategy', says: /NO_RESTART cannot change the initialization script/ },
    cli: {
      args: [
        'update',
        'start',
        'web',
        '--bundle',
        'other@1',
        '--script',
        'other.mjs',
        '--strategy',
        'no-restart',
      ],
      exit: EXIT.refused,
    },
  },
  {
    name: 'NO_RESTART with other arguments',
    ask: update({
      code: { commandLineArguments: [{ key: 'greeting', value: 'moin' }] },
      params: { strategy: 'NO_RESTART' },
    }),
    ...{ ...invalid, field: 'params.strategy', says: /NO_RESTART cannot change .*command-line arguments/ },
    cli: {
      args: ['update', 'start', 'web', '--arg', 'greeting=moin', '--strategy', 'no-restart'],
      exit: EXIT.refused,
    },
  },
  {
    name: 'a script that is not in the bundle',
    ask: update({ code: { bundle: 'hello-http@2', initializationScript: 'missing.mjs' } }),
    ...{ ...invalid, field: 'code.initializationScript', says: /missing\.mjs/ },
    cli: { args: start('--script', 'missing.mjs'), exit: EXIT.refused },
  },
  {
    name: 'a bundle that does not exist',
    ask: update({ code: { bundle: 'hello-http@9' } }),
    ...{ status: 404, code: 'not_found', says: /bundle "hello-http@9"/ },
    cli: { args: ['update', 'start', 'web', '--bundle', 'hello-http@9'], exit: EXIT.notFound },
  },
  {
    name: 'an unknown key in a body',
    ask: create({ sizes: 3 }),
    ...{ ...invalid, field: 'sizes', says: /sizes: is not known; known are .*size/ },
    cli: { args: make('bad', '--sizes', '3'), exit: EXIT.usage, says: /--sizes.*mean --size\?/s },
  },
  {
    name: 'an unknown key further in',
    ask: params({ maxUnavailabel: 1 }),
    ...{ ...invalid, field: 'params.maxUnavailabel', says: /is not known/ },
  },
  {
    name: 'an unknown query parameter',
    ask: ['GET', '/clusters?statuss=Active'],
    ...{ ...invalid, field: 'statuss', says: /is not known/ },
  },
  { name: 'malformed JSON', ask: ['POST', '/clusters', text('{"name": ')], ...{ ...invalid, says: /JSON/ } },
  {
    name: 'JSON that is no object',
    ask: ['POST', '/clusters', text('[1]')],
    ...{ ...invalid, field: 'body', says: /object/ },
  },
  {
    name: 'a wrong content type',
    ask: ['POST', '/clusters', text('name: bad', 'application/yaml')],
    ...{ status: 415, code: 'invalid_request', says: /Content-Type/ },
  },
  {
    name: 'an oversized body',
    ask: create({ metadata: { note: 'x'.repeat(MAX_BODY_BYTES) } }),
    ...{ status: 413, code: 'too_large', says: /too large/ },
    cli: { args: make('bad', '--metadata', `note=${'x'.repeat(MAX_BODY_BYTES)}`), exit: EXIT.refused },
  },
  {
    name: 'a bad cursor',
    ask: ['GET', '/clusters?cursor=garbage'],
    ...{ ...invalid, field: 'cursor', says: /cursor/ },
    cli: { args: ['cluster', 'list', '--cursor', 'garbage'], exit: EXIT.refused },
  },
  {
    name: 'a bad sort order',
    ask: ['GET', '/clusters?sort=colour'],
    ...{ ...invalid, field: 'sort', says: /sort.*name/s },
    cli: { args: ['cluster', 'list', '--sort', 'colour'], exit: EXIT.refused },
  },
  {
    name: 'a bad limit',
    ask: ['GET', '/clusters?limit=0'],
    ...{ ...invalid, field: 'limit', says: /limit/ },
    cli: { args: ['cluster', 'list', '--limit', '0'], exit: EXIT.refused },
  },
  {
    name: 'an endless idempotency key',
    ask: ['POST', '/clusters/web/check', { headers: { 'idempotency-key': 'k'.repeat(300) } }],
    ...{ ...invalid, field: 'Idempotency-Key', says: /255/ },
  },
  {
    name: 'a stale If-Match',
    ask: ['PATCH', '/clusters/web', { body: { metadata: { a: 1 } }, headers: { 'if-match': '"99"' } }],
    ...{ status: 412, code: 'precondition_failed', says: /cluster "web" was changed/ },
  },
  {
    name: 'an If-Match that is no version',
    ask: ['PATCH', '/clusters/web', { body: { metadata: { a: 1 } }, headers: { 'if-match': 'now' } }],
    ...{ ...invalid, field: 'If-Match', says: /If-Match/ },
  },
  {
    name: 'the deletion of a bundle in use',
    ask: ['DELETE', '/bundles/hello-http@1'],
    ...{ status: 409, code: 'in_use', says: /hello-http@1.*in use by.*web/s },
    cli: { args: ['bundle', 'delete', 'hello-http@1', '--yes'], exit: EXIT.refused },
  },
  {
    name: 'the deletion of a profile in use',
    ask: ['DELETE', '/profiles/process'],
    ...{ status: 409, code: 'in_use', says: /process.*in use by/s },
    cli: { args: ['profile', 'delete', 'process', '--yes'], exit: EXIT.refused },
  },
  {
    name: 'an unknown project',
    ask: ['GET', '/api/v1/projects/nowhere/clusters'],
    ...{ status: 404, code: 'not_found', says: /project "nowhere" does not exist/ },
    cli: { args: ['cluster', 'list', '--project', 'nowhere'], exit: EXIT.notFound },
  },
  {
    name: 'an unknown cluster',
    ask: ['GET', '/clusters/nowhere'],
    ...{ status: 404, code: 'not_found', says: /cluster "nowhere" does not exist/ },
    cli: { args: ['cluster', 'show', 'nowhere'], exit: EXIT.notFound },
  },
  {
    name: 'an unknown node',
    ask: ['POST', '/clusters/web/nodes/remove', { body: { nodes: ['web-1', 'web-99'] } }],
    ...{ status: 404, code: 'not_found', says: /node "web-99" does not exist/ },
    cli: { args: ['node', 'remove', 'web', 'web-1', 'web-99', '--yes'], exit: EXIT.notFound },
  },
  {
    name: 'a path that is not there',
    ask: ['GET', '/clustres'],
    ...{ status: 404, code: 'not_found', says: /clustres/ },
    cli: { args: ['clustre', 'list'], exit: EXIT.usage, says: /clustre/ },
  },
  {
    name: 'a method that is not possible',
    ask: ['PUT', '/clusters/web', { body: {} }],
    ...{ status: 405, code: 'invalid_request', says: /PUT is not possible here/ },
  },
]
