import { readFileSync } from 'node:fs'
import { InvalidArgumentError } from 'commander'
import { parse as parseYaml } from 'yaml'
import type { SyncStatus } from '../domain/drift.ts'
import { messageOf } from '../domain/errors.ts'
import type { Json, JsonObject } from '../domain/ids.ts'
import type { UpdateOrder } from '../domain/update.ts'
import { UsageError } from './cli-error.ts'

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** An option's parser: a duration, handed on in milliseconds. */
export function durationMs(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text) ?? []
  if (amount === undefined) {
    throw new InvalidArgumentError('It must be a duration like 500ms, 30s, 10m, 2h or 30d.')
  }
  return Number(amount) * UNIT_MS[unit ?? 's']!
}

/** An option's parser: a duration, handed on in seconds. */
export function durationSeconds(text: string): number {
  return durationMs(text) / 1000
}

/** An option's parser: a whole number, 0 or more. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.')
  return Number(text)
}

const SYNC_STATES: Readonly<Record<string, SyncStatus>> = {
  'in-sync': 'IN_SYNC',
  'out-of-sync': 'OUT_OF_SYNC',
}

/** An option's parser: `in-sync` or `out-of-sync`, also as the API writes them. */
export function syncStatus(text: string): SyncStatus {
  const found = SYNC_STATES[text.toLowerCase().replaceAll('_', '-')]
  if (found === undefined) throw new InvalidArgumentError('It must be in-sync or out-of-sync.')
  return found
}

/** An option's parser: a number of nodes, or a percentage of them. */
export function nodesOrPercentage(text: string): number | string {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  if (/^\d{1,3}%$/.test(text)) return text
  throw new InvalidArgumentError('It must be a number of nodes like 2, or a percentage like 25%.')
}

/** An option's parser: numbers of nodes or percentages, with commas in between. */
export function listOfNodes(text: string): readonly (number | string)[] {
  return text.split(',').map((part) => nodesOrPercentage(part.trim()))
}

/** An option's parser: the order in which nodes move; what is no word of its own is a list of nodes. */
export function orderOf(text: string): UpdateOrder {
  if (text === 'index' || text === 'reverse-index' || text === 'zone') return { by: text }
  const [, seed] = /^random(?::(\d{1,9}))?$/.exec(text) ?? []
  if (seed !== undefined || text === 'random') return { by: 'random', seed: Number(seed ?? 0) }
  return { by: 'list', nodes: text.split(',').map((node) => node.trim()) }
}

/** A bound as it was typed: commander turns null, as an option's value, into an empty text. */
export type Bound = number | 'none'

/** An option's parser: `none` for no bound, else a whole number. */
export function boundOrNone(text: string): Bound {
  return text === 'none' ? text : wholeNumber(text)
}

/** The request's field for it: null for no bound. */
export function boundInput(bound: Bound | undefined): number | null | undefined {
  return bound === 'none' ? null : bound
}

/** A repeatable option's parser. */
export function collect(text: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), text]
}

/** A repeatable option's parser: `key=value`, where the value may hold more `=`. */
export function collectPairs(text: string, previous: readonly Pair[] | undefined): readonly Pair[] {
  const split = text.indexOf('=')
  if (split < 1) throw new InvalidArgumentError('It must look like key=value.')
  return [...(previous ?? []), { key: text.slice(0, split), value: text.slice(split + 1) }]
}

export interface Pair {
  readonly key: string
  readonly value: string
}

/** Pairs as an object whose values are JSON where they parse as such (`3`, `true`, `["a"]`), else text. */
export function pairsToObject(pairs: readonly Pair[]): JsonObject {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, parseJsonOrText(value)]))
}

function parseJsonOrText(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}

/**
 * Reads an object from a YAML or JSON file (`-` is standard input).
 * @throws UsageError naming `option`
 */
export function readObjectFile(file: string, option: string): JsonObject {
  let value: unknown
  try {
    value = parseYaml(readFileSync(file === '-' ? 0 : file, 'utf8'))
  } catch (error) {
    throw new UsageError(`${option}: ${messageOf(error)}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsageError(`${option}: ${file} does not hold an object`)
  }
  return value as JsonObject
}
