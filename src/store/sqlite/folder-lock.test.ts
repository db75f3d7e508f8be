import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { DroverError } from '../../domain/errors.ts'
import { lockFolder } from './folder-lock.ts'

test('a data folder belongs to one process, and is free again when that one is killed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'drover-lock-'))
  const script = `
    const { lockFolder } = await import(${JSON.stringify(join(import.meta.dirname, 'folder-lock.ts'))})
    lockFolder(${JSON.stringify(folder)})
    console.log('locked')
    setInterval(() => {}, 1000)
  `
  const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    await once(holder.stdout, 'data')
    assert.throws(
      () => lockFolder(folder),
      (error) => error instanceof DroverError && error.code === 'in_use',
    )
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    lockFolder(folder).release()
    lockFolder(folder).release()
  } finally {
    holder.kill('SIGKILL')
    rmSync(folder, { recursive: true })
  }
})
