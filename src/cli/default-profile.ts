import { CliError } from './cli-error.ts'
import { EXIT } from './exit-codes.ts'
import type { ProfileResource } from './resources.ts'
import type { Session } from './session.ts'

/**
 * Sees to it that there is a profile named like its type, without properties: what a newcomer's first
 * cluster uses.
 * @returns its name
 * @throws CliError if a profile of this name has another type
 */
export async function ensureProfile(session: Session, type: string): Promise<string> {
  const profile = await findProfile(session, type)
  if (profile !== null && profile.type !== type) {
    throw new CliError(EXIT.refused, `profile ${type} is of the type ${profile.type}, not ${type}`, {
      hint: 'name the profile to use with --profile',
    })
  }
  if (profile === null) await createProfile(session, type)
  return type
}

async function findProfile(session: Session, name: string): Promise<ProfileResource | null> {
  try {
    return await session.client.get<ProfileResource>(session.inProject`/profiles/${name}`)
  } catch (error) {
    if (error instanceof CliError && error.exitCode === EXIT.notFound) return null
    throw error
  }
}

async function createProfile(session: Session, type: string): Promise<void> {
  try {
    await session.client.post(session.inProject`/profiles`, { name: type, type, properties: {} })
    session.output.note(`profile ${type} is created, as there was none`)
  } catch (error) {
    // Somebody else's first cluster was a little faster.
    if (!(error instanceof CliError && error.code === 'already_exists')) throw error
  }
}
