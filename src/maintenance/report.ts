/** What `drover db` can do to a data folder and its database, without a server. */
export interface Maintenance {
  /** Looks whether everything is there and fits together. Changes nothing; may run beside a server. */
  check(): Promise<CheckReport>
  /**
   * Writes a folder with the database as it is at one moment and the bytes of its bundles. May run beside a server.
   * @throws DroverError `already_exists` when something is there, `store_unavailable`, `invalid_state`
   */
  backup(options: { readonly to: string; readonly force: boolean }): Promise<BackupReport>
  /**
   * Puts a backup where no database is yet.
   * @throws DroverError `in_use` when one is there or a server runs on the folder, `invalid_request` when the backup
   *   is damaged or none
   */
  restore(options: { readonly from: string }): Promise<RestoreReport>
  /**
   * Copies everything to another database, which must be empty, and compares. The one it comes from stays as it is.
   * @throws DroverError `in_use` when a server runs, or the target is not empty
   */
  move(options: { readonly to: string; readonly toPasswordFile: string | undefined }): Promise<MoveReport>
  /**
   * Seals every secret anew, with a new key, or with the first one of those that were given. May be killed and run again.
   * @throws DroverError `in_use` when a server runs, `secret_unreadable` when a key is missing, `cancelled`
   */
  rotateSecrets(): Promise<RotationReport>
}

export interface RotationReport {
  /** The key that everything is sealed by now. */
  readonly keyId: string
  /** Those that are of no use any more, but for older backups. */
  readonly retired: readonly string[]
  /** Rows that were sealed anew. */
  readonly sealed: number
  /** Where the key is. */
  readonly source: string
}

/** Something that `check` came upon. A problem is wrong; a note is only good to know. */
export interface Finding {
  readonly severity: 'problem' | 'note'
  readonly what: string
  /** What to do about it. */
  readonly remedy: string
}

export interface CheckReport {
  readonly sound: boolean
  /** Never with a password. */
  readonly database: string
  readonly dataFolder: string
  /** The last migration that the database has seen; null when it cannot be read. */
  readonly schema: string | null
  /** How many rows each table has. */
  readonly rows: Readonly<Record<string, number>>
  readonly findings: readonly Finding[]
}

export interface BackupReport {
  readonly folder: string
  readonly database: string
  readonly schema: string
  readonly rows: Readonly<Record<string, number>>
  readonly bundles: number
  readonly sizeBytes: number
  /** Bundles whose bytes are gone or damaged where the backup was taken: they are not in it. */
  readonly missingBundles: readonly string[]
}

export interface RestoreReport {
  readonly database: string
  readonly dataFolder: string
  readonly takenAt: string
  readonly rows: Readonly<Record<string, number>>
  readonly bundles: number
  readonly missingBundles: readonly string[]
  /** Whether the administrator's key is in the data folder already; a backup has none. */
  readonly hasAdminKey: boolean
  /** The same of the key that secrets are sealed with. */
  readonly hasSecretKey: boolean
}

export interface MoveReport {
  readonly from: string
  readonly to: string
  readonly tables: readonly { readonly table: string; readonly rows: number; readonly checksum: string }[]
  /** The settings that make the server use it, for the settings file. */
  readonly settings: Readonly<Record<string, string>>
  readonly dataFolder: string
}
