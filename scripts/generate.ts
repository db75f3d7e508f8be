import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describeApi } from '../src/api/document.ts'
import { manifestJsonSchema } from '../src/bundles/manifest-schema.ts'
import { cliReference } from '../src/cli/reference.ts'
import { describeSettings } from '../src/config/describe.ts'
import { describeErrors } from './documents/errors.ts'
import { dumpSchema } from './documents/schema.ts'
import { describeStates } from './documents/states.ts'

/**
 * Writes every file that follows from the code, or with `--check` says which of them are stale.
 * A file here is never edited by hand.
 */
const FILES: Readonly<Record<string, () => string | Promise<string>>> = {
  'docs/cli.md': cliReference,
  'docs/config.md': describeSettings,
  'docs/drover.schema.json': () => toJson(manifestJsonSchema()),
  'docs/errors.md': describeErrors,
  'docs/openapi.json': async () => `${JSON.stringify(await describeApi(readVersion()), null, 2)}\n`,
  'docs/schema.sql': dumpSchema,
  'docs/states.md': describeStates,
}

const ROOT = join(import.meta.dirname, '..')

const isCheck = process.argv.includes('--check')
const stale: string[] = []
for (const [file, make] of Object.entries(FILES)) {
  const wanted = `${(await make()).trimEnd()}\n`
  if (read(file) === wanted) continue
  stale.push(file)
  if (isCheck) continue
  mkdirSync(dirname(join(ROOT, file)), { recursive: true })
  writeFileSync(join(ROOT, file), wanted)
}
if (isCheck && stale.length > 0) {
  console.error(`stale: ${stale.join(', ')}. Run "npm run generate" and commit what it writes.`)
  process.exitCode = 1
} else {
  console.log(stale.length === 0 ? 'generated files are up to date' : `wrote ${stale.join(', ')}`)
}

function readVersion(): string {
  return (JSON.parse(read('package.json') ?? '{}') as { version: string }).version
}

function toJson(value: unknown): string {
  return JSON.stringify(value, null, 2)
}

function read(file: string): string | undefined {
  try {
    return readFileSync(join(ROOT, file), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
