import { DroverError } from '../../domain/errors.ts'
import type { JsonObject } from '../../domain/ids.ts'
import type { Ask } from './ask.ts'

/** The key of the tag by which a pool, or its cluster, names the profile of its nodes. */
const TAG = 'drover.profile'
const BUILT_IN = 'cce-node'

/**
 * The profile that nodes run: what a tag `drover.profile` names (of the pool, else of its cluster), else the setting
 * `cce.profile`, else one that is made here and only stays alive.
 * @param tags by which it may be named, the first before the second
 */
export async function profileFor(ask: Ask, ...tags: readonly unknown[]): Promise<string> {
  for (const list of tags) {
    const named = taggedProfile(list)
    if (named !== undefined) return named
  }
  return ask.config.cce.profile ?? (await ensureBuiltIn(ask))
}

/** What a list of tags names, if it does. */
export function taggedProfile(list: unknown): string | undefined {
  if (!Array.isArray(list)) return undefined
  const found = (list as readonly JsonObject[]).find((tag) => tag?.['key'] === TAG)?.['value']
  return typeof found === 'string' && found !== '' ? found : undefined
}

async function ensureBuiltIn({ control, caller }: Ask): Promise<string> {
  const types = await control.profiles.types(caller)
  const isSimulated = types.some(({ type }) => type === 'scripted')
  const name = isSimulated ? `${BUILT_IN}-simulated` : BUILT_IN
  const profile = isSimulated
    ? { type: 'scripted', properties: {} }
    : { type: 'process', properties: { command: ['sleep', 'infinity'] } }
  try {
    await control.profiles.get(caller, name)
  } catch (error) {
    if (!isCode(error, 'not_found')) throw error
    await control.profiles.create(caller, { name, ...profile }).catch((failure: unknown) => {
      // Another request was quicker.
      if (!isCode(failure, 'already_exists')) throw failure
    })
  }
  return name
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof DroverError && error.code === code
}
