/** How much a message matters. */
export type Severity = 'SUCCESS' | 'INFO' | 'WARNING' | 'ERROR'

/** Something that people are told about a deployment or a bundle: its health, or whether it may be deployed. */
export interface Message {
  readonly severity: Severity
  /** What was asked for cannot go on. Only errors are fatal. */
  readonly isFatal: boolean
  /** Never changes once it is known: capitals and `_`. */
  readonly code: string
  /** A few words. */
  readonly title: string
  /** A sentence that names things and values. */
  readonly message: string
  /** What to do about it, or what is behind it; may be empty. */
  readonly details: string
}
