import { MAX_MANIFEST_BYTES } from './manifest.ts'

/** What a bundle that another deployer exported says of itself. */
export interface ExportLabel {
  /** Of the project that it was exported from. */
  readonly projectKey: string | null
  readonly bundleId: string | null
}

/** The most that is read of a file that may have a label: what is longer is data. */
export const MAX_LABEL_BYTES = MAX_MANIFEST_BYTES

/** Those that are asked first; the others follow in the order of the zip. */
const KNOWN_FILES = ['bundle.json', 'export-manifest.json']

/** Whether a file may say where its bundle was exported from: any JSON at the top. */
export function mayHaveLabel(path: string): boolean {
  return /^[^/]+\.json$/i.test(path)
}

/** Gathers a label from the files that have a part of it. Only names are kept of what it is shown. */
export class LabelReader {
  readonly #labels: { readonly path: string; readonly label: ExportLabel }[] = []

  /** @param bytes of a file that may have one; what is no JSON has none */
  add(path: string, bytes: Uint8Array): void {
    const label = readLabel(bytes)
    if (label) this.#labels.push({ path, label })
  }

  get label(): ExportLabel {
    const labels = this.#labels.toSorted((one, other) => rankOf(one.path) - rankOf(other.path))
    const first = (member: keyof ExportLabel) =>
      labels.map(({ label }) => label[member]).find((value) => value !== null) ?? null
    return { projectKey: first('projectKey'), bundleId: first('bundleId') }
  }
}

function rankOf(path: string): number {
  const at = KNOWN_FILES.indexOf(path.toLowerCase())
  return at < 0 ? KNOWN_FILES.length : at
}

function readLabel(bytes: Uint8Array): ExportLabel | undefined {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    // A bundle may have any files; this one is not meant for us.
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { originalProjectKey, projectKey, bundleId } = value as Record<string, unknown>
  const label = { projectKey: toName(originalProjectKey) ?? toName(projectKey), bundleId: toName(bundleId) }
  return label.projectKey === null && label.bundleId === null ? undefined : label
}

function toName(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
