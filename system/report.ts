import type { Drover } from './drover.ts'

/** Tells, after a failure, what had been asked and what the servers had to say. */
export async function report(
  t: { diagnostic(message: string): void },
  servers: readonly Drover[],
  history: readonly string[],
): Promise<void> {
  t.diagnostic(`last requests:\n${history.slice(-40 * servers.length).join('\n')}`)
  const [first] = servers
  if (first && !first.isRunning) await first.start().catch((error) => t.diagnostic(String(error)))
  const events = await first?.run(['event', 'list', '--limit', '60']).catch(String)
  t.diagnostic(`events:\n${typeof events === 'object' ? events.stdout + events.stderr : events}`)
  for (const server of servers) t.diagnostic(`log of ${server.url}:\n${server.logTail(60)}`)
}
