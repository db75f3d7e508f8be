import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const INSTALL_MS = 10 * 60_000

/** A Python environment with a vendor's clients. */
export interface Venv {
  /** Runs one of its programs. @throws with what it printed, when it ends with anything but 0 */
  run(program: string, args: readonly string[], env?: NodeJS.ProcessEnv, limitMs?: number): Promise<string>
}

/**
 * The environment that has what a requirements file names. It is made once and kept, outside of the repository, for
 * as long as the file stays the same.
 * @returns why there is none, where Python or the network are missing; on CI that is an error
 */
export async function openVenv(requirementsFile: string): Promise<Venv | string> {
  const digest = createHash('sha256').update(readFileSync(requirementsFile)).digest('hex').slice(0, 16)
  const caches = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  const folder = join(caches, 'drover-conformance', digest)
  const complete = join(folder, 'complete')
  if (!existsSync(complete)) {
    try {
      await rm(folder, { recursive: true, force: true })
      await mkdir(join(caches, 'drover-conformance'), { recursive: true })
      await run('python3', ['-m', 'venv', folder])
      const install = ['install', '--quiet', '--disable-pip-version-check', '-r', requirementsFile]
      await run(join(folder, 'bin', 'pip'), install, { timeout: INSTALL_MS })
      await writeFile(complete, '')
    } catch (error) {
      const { stderr = '' } = error as { readonly stderr?: string }
      const reason = `the Python clients could not be installed: ${stderr.trim().split('\n').at(-1) || error}`
      if (process.env['CI']) throw new Error(reason, { cause: error })
      return reason
    }
  }
  return {
    async run(program, args, env = {}, limitMs = 120_000) {
      const { PATH = '/usr/bin:/bin' } = process.env
      const { stdout } = await run(join(folder, 'bin', program), args, {
        env: {
          PATH,
          HOME: folder,
          LANG: 'C.UTF-8',
          PYTHONWARNINGS: 'ignore',
          PYTHONDONTWRITEBYTECODE: '1',
          ...env,
        },
        timeout: limitMs,
        maxBuffer: 16 * 1024 ** 2,
      })
      return stdout
    },
  }
}
