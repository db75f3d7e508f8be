import { mkdirSync, readFileSync } from 'node:fs'
import { enableCompileCache, flushCompileCache } from 'node:module'
import { join } from 'node:path'
import { processIo } from './cli/process-io.ts'
import { runCli } from './cli/run.ts'
import type { ServeOptions } from './cli/serve-options.ts'
import { readHost } from './config/environment.ts'
import { DroverError, messageOf } from './domain/errors.ts'

const LONGEST_SHUTDOWN_MS = 15_000

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as {
  version: string
}

const host = readHost()
process.exitCode = await runCli(process.argv.slice(2), processIo(host.env), {
  version,
  serve,
  // Loaded then, so that other commands do not wait for it.
  openMaintenance: async (options) =>
    (await import('./maintenance/maintenance.ts')).openMaintenance(options, { host, version }),
})

/** Runs the server until SIGTERM or ctrl-C. @returns the exit code */
async function serve(options: ServeOptions): Promise<number> {
  const { flags, configPath, simulate, resetAdminKey } = options
  const { loadConfig } = await import('./config/config.ts')
  const config = loadConfig({ flags, configPath }, host)
  const { default: pino } = await import('pino')
  const log = pino(
    { level: config.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination(2),
  )
  // A fault must not leave a half-working server: the next start takes up everything that is under way.
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'unexpected error: stopping; start Drover again and it goes on where it was')
    process.exit(1)
  })
  const stopping = new Promise<NodeJS.Signals>((resolve) => {
    process.on('SIGTERM', resolve)
    process.on('SIGINT', resolve)
  })
  // Loaded here, so that commands do not wait for what only the server needs; and from compiled code, when it was
  // started before, because every second until it is back counts after a crash. Without effect where start.js did it,
  // which cannot for a user without a home.
  mkdirSync(config.data, { recursive: true, mode: 0o711 })
  enableCompileCache(join(config.data, 'compile-cache'))
  const { startDrover } = await import('./drover.ts')
  const drover = await startDrover({
    config,
    version,
    log,
    env: host.env,
    simulate,
    resetAdminKey,
  }).catch((error: unknown) => {
    throw toStartError(error)
  })
  process.stdout.write(
    `Drover ${version} listens on ${drover.url}, reference at ${drover.url}/api/v1/docs\n` +
      [...drover.gatewayUrls].map(([name, url]) => `Gateway ${name} listens on ${url}\n`).join('') +
      `The administrator's API key is in ${drover.adminKeyFile}; commands on this machine find it by themselves.\n`,
  )
  // Else it were written at a clean end alone.
  flushCompileCache()
  const signal = await stopping
  log.info({ signal }, 'stopping; nodes go on running')
  const late = setTimeout(() => {
    log.error({}, 'shutting down took too long: leaving; the next start takes up what was under way')
    process.exit(1)
  }, LONGEST_SHUTDOWN_MS)
  for (const again of ['SIGTERM', 'SIGINT'] as const) process.on(again, () => process.exit(1))
  await drover.close()
  clearTimeout(late)
  return 0
}

function toStartError(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') {
    return new DroverError('in_use', `${messageOf(error)}; choose another address with --listen`, {
      cause: error,
    })
  }
  return error
}
