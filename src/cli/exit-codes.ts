/** What `drover` tells the shell that started it. Scripts rely on these: never give a number another meaning. */
export const EXIT = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  failed: 3,
  cancelled: 4,
  refused: 5,
  notFound: 6,
  notAllowed: 7,
  timedOut: 8,
  notReachable: 9,
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** The table of `drover --help` and docs/cli.md, in the order of the numbers. */
export const EXIT_CODE_MEANINGS: readonly (readonly [ExitCode, string])[] = [
  [EXIT.ok, 'success'],
  [EXIT.unexpected, 'unexpected error, here or in the server'],
  [EXIT.usage, 'usage: an option or argument is missing, unknown or malformed; nothing was sent'],
  [
    EXIT.failed,
    'the update or action failed (an update that rolled back by itself failed, too), or "db check" found a problem',
  ],
  [EXIT.cancelled, 'the update or action was cancelled'],
  [EXIT.refused, 'the server refused: invalid value, conflict, limit, or not in this state'],
  [EXIT.notFound, 'not found'],
  [EXIT.notAllowed, 'not authenticated, or this key may not do that'],
  [EXIT.timedOut, 'timed out; what was started goes on'],
  [EXIT.notReachable, 'the server cannot be reached or is not ready'],
  [EXIT.interrupted, 'interrupted by ctrl-C; what was started goes on'],
]

/** The exit code for an HTTP status that is not a success. */
export function exitCodeOfStatus(status: number): ExitCode {
  if (status === 401 || status === 403) return EXIT.notAllowed
  if (status === 404) return EXIT.notFound
  if (status === 408 || status === 504) return EXIT.timedOut
  if (status === 502 || status === 503) return EXIT.notReachable
  return status >= 400 && status < 500 ? EXIT.refused : EXIT.unexpected
}
