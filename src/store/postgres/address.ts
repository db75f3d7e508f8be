import { InvalidSpecError } from '../../domain/errors.ts'

/** Where a PostgreSQL database is. */
export interface PostgresAddress {
  /** `postgres://user@host:port/database`. What it leaves out comes from PGHOST, PGPASSFILE and their like. */
  readonly url: string
  /** A file whose first line is the password. */
  readonly passwordFile?: string | null
}

/** Whether the setting `database` is a URL; else it is the path of an SQLite file. */
export function isPostgresUrl(database: string): boolean {
  return /^postgres(ql)?:\/\//.test(database)
}

/** The URL without what is secret in it, for messages. */
export function nameDatabase(url: string): string {
  const { protocol, username, host, pathname } = parseUrl(url)
  return `${protocol}//${username && `${username}@`}${host}${pathname}`
}

/** @throws InvalidSpecError when it is no such URL */
export function parseUrl(url: string): URL {
  const parsed = URL.parse(url)
  // The text is not repeated: it may hold a password.
  if (!parsed || !/^postgres(ql)?:$/.test(parsed.protocol)) {
    throw new InvalidSpecError('database', 'is not a URL like postgres://user@host:5432/drover')
  }
  if (parsed.searchParams.has('password')) {
    throw new InvalidSpecError('database', 'has its password among the parameters; write it before the host')
  }
  return parsed
}
