/** What the program says about itself, for its operator. pino fits. Never hand over a secret. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** For tests and for what has nobody to talk to. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }
