import { parseDocument } from 'yaml'
import type { Manifest } from '../domain/bundle.ts'
import { InvalidBundleError } from '../domain/errors.ts'
import { ManifestSchema } from './manifest-schema.ts'
import { createSchemaCheck } from './schema-check.ts'

/** Where a bundle may say something about itself: one of these files at its root. */
export const MANIFEST_NAMES: readonly string[] = ['drover.yaml', 'drover.yml']

/** The longest manifest that is read. */
export const MAX_MANIFEST_BYTES = 64 * 1024

const check = createSchemaCheck(ManifestSchema)

/**
 * Reads a manifest. An empty file is an empty manifest.
 *
 * @param fileName as the author knows it; every message begins with it
 * @throws InvalidBundleError naming the field and the rule it breaks: all of them, one a line
 */
export function parseManifest(bytes: Uint8Array, fileName: string): Manifest {
  if (bytes.length > MAX_MANIFEST_BYTES) throw tooLongManifest(fileName)
  const value = parseYaml(bytes, fileName) ?? {}
  const broken = check(value)
  if (broken.length > 0) {
    throw new InvalidBundleError(broken.map((rule) => `${fileName}: ${rule}`).join('\n'))
  }
  const manifest = value as Manifest
  if (manifest.command !== undefined && manifest.initializationScript !== undefined) {
    throw new InvalidBundleError(`${fileName}: command and initializationScript exclude each other; keep one`)
  }
  return manifest
}

/** The refusal of a manifest above `MAX_MANIFEST_BYTES`. */
export function tooLongManifest(fileName: string): InvalidBundleError {
  return new InvalidBundleError(`${fileName}: it is longer than ${MAX_MANIFEST_BYTES} bytes, the limit`)
}

function parseYaml(bytes: Uint8Array, fileName: string): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    const document = parseDocument(text, { schema: 'core', uniqueKeys: true, stringKeys: true })
    // A tag that nobody defined is a warning only, and its value would silently become a string.
    const problem = document.errors[0] ?? document.warnings[0]
    if (problem !== undefined) throw problem
    return document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    // The parser's message goes on with a drawing of the place; its first line says it all.
    const [line] = (error instanceof Error ? error.message : String(error)).split('\n')
    throw new InvalidBundleError(`${fileName}: this is not valid YAML: ${line}`, { cause: error })
  }
}
