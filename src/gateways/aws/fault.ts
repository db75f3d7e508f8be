import type { Json } from '../../domain/ids.ts'

/** The name by which clients know an error, and its HTTP status. */
export interface FaultKind {
  /** `ValidationException` */
  readonly type: string
  readonly status: number
}

/** A refusal in the words of an AWS API. */
export class AwsFault extends Error {
  readonly kind: FaultKind
  /** What the error has besides its message: `reason`, `clusterName`. */
  readonly members: Readonly<Record<string, Json>>
  /** @param message for people; clients show it as it is */
  constructor(
    kind: FaultKind,
    message: string,
    options: ErrorOptions & { readonly members?: Readonly<Record<string, Json>> } = {},
  ) {
    super(message, options)
    this.kind = kind
    this.members = options.members ?? {}
  }
}
