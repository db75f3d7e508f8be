import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

const ROOT = join(import.meta.dirname, '../..')
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
const folder = mkdtempSync(join(tmpdir(), 'drover-launcher-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function run(command: string, argv: readonly string[] = [], env: Record<string, string> = {}) {
  return spawnSync(command, argv, {
    encoding: 'utf8',
    cwd: folder,
    env: { PATH: process.env['PATH'], ...env },
  })
}

test('./drover runs the program, from any folder and through symlinks', () => {
  symlinkSync(join(ROOT, 'drover'), join(folder, 'first'))
  symlinkSync('first', join(folder, 'second'))
  for (const command of [join(ROOT, 'drover'), join(folder, 'second')]) {
    const { status, stdout, stderr } = run(command, ['--version'])
    assert.equal(status, 0, stderr)
    assert.equal(stdout, `${version}\n`)
  }
})

test('without its packages it says how to get them', () => {
  copyFileSync(join(ROOT, 'drover'), join(folder, 'drover'))
  const { status, stderr } = run(join(folder, 'drover'), ['--version'])
  assert.equal(status, 1)
  assert.match(stderr, /packages are not installed\nhint: run: cd .* && npm ci/)
})

test('without a Node that is new enough it says which one it needs', () => {
  mkdirSync(join(folder, 'node_modules/commander'), { recursive: true })
  copyFileSync(join(ROOT, 'drover'), join(folder, 'drover'))
  mkdirSync(join(folder, 'bin'), { recursive: true })
  for (const tool of ['dirname', 'readlink', 'sh']) {
    const { stdout } = run('/bin/sh', ['-c', `command -v ${tool}`])
    symlinkSync(stdout.trim(), join(folder, 'bin', tool))
  }
  const { status, stderr } = run(join(folder, 'drover'), [], { PATH: join(folder, 'bin') })
  assert.equal(status, 1)
  assert.match(stderr, /drover needs Node 24 or later\nhint: run: cd /)
})
