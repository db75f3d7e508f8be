import type { ProjectId } from '../../domain/ids.ts'
import { insertProject } from '../projects.ts'
import { openSqliteStore } from './sqlite-store.ts'

/**
 * For sqlite-store.test.ts, as a process of its own: writes projects into the database named by the first argument,
 * several at a time, and prints the name of each one once its write has resolved, until it is killed.
 */
const store = await openSqliteStore({ path: process.argv[2] as string })
let next = 0

async function writeOn(): Promise<never> {
  for (;;) {
    next += 1
    const name = `project-${next}`
    await store.write((tx) => insertProject(tx, { id: name as ProjectId, name, createdAt: 0 }))
    process.stdout.write(`${name}\n`)
  }
}

await Promise.all(Array.from({ length: 20 }, writeOn))
