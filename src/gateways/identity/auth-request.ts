import type { LoginProof } from '../../control/identity-inputs.ts'
import { InvalidRequestError, UnauthenticatedError } from '../../domain/errors.ts'

/** The only domain there is. */
export const DOMAIN = { id: 'default', name: 'Default' } as const

/** What `POST /v3/auth/tokens` asks for. */
export interface AuthRequest {
  readonly proof: LoginProof
  /** Id or name. */
  readonly project?: string
}

type Fields = Readonly<Record<string, unknown>>

/**
 * Reads the body of a request for a token.
 * @throws InvalidRequestError when it is not one, UnauthenticatedError for what nobody can get here
 */
export function parseAuthRequest(body: unknown): AuthRequest {
  const auth = fieldsOf(fieldsOf(body, 'body')['auth'], 'auth')
  const project = parseScope(auth['scope'])
  return {
    proof: parseIdentity(fieldsOf(auth['identity'], 'auth.identity')),
    ...(project !== undefined && { project }),
  }
}

function parseIdentity(identity: Fields): LoginProof {
  const { methods } = identity
  if (
    !Array.isArray(methods) ||
    methods.length === 0 ||
    methods.some((method) => typeof method !== 'string')
  ) {
    throw new InvalidRequestError('auth.identity.methods', 'must be a list of authentication methods')
  }
  if (methods.length > 1)
    throw new UnauthenticatedError('several authentication methods at once are not offered')
  const [method] = methods as [string]
  const path = `auth.identity.${method}`
  switch (method) {
    case 'password': {
      const user = fieldsOf(fieldsOf(identity[method], path)['user'], `${path}.user`)
      return {
        kind: 'password',
        user: parseUser(user, `${path}.user`),
        password: textOf(user['password'], `${path}.user.password`),
      }
    }
    case 'application_credential':
      return parseApplicationCredential(fieldsOf(identity[method], path), path)
    case 'token':
      return { kind: 'token', token: textOf(fieldsOf(identity[method], path)['id'], `${path}.id`) }
    default:
      throw new UnauthenticatedError(
        `authentication method "${method.slice(0, 40)}" is not offered; use password, application_credential or token`,
      )
  }
}

function parseApplicationCredential(given: Fields, path: string): LoginProof {
  const secret = textOf(given['secret'], `${path}.secret`)
  if (given['id'] !== undefined) {
    return { kind: 'application_credential', credential: textOf(given['id'], `${path}.id`), secret }
  }
  const user = parseUser(fieldsOf(given['user'], `${path}.user`), `${path}.user`)
  return { kind: 'application_credential', credential: textOf(given['name'], `${path}.name`), user, secret }
}

function parseUser(user: Fields, path: string): string {
  if (user['id'] !== undefined) return textOf(user['id'], `${path}.id`)
  const name = textOf(user['name'], `${path}.name`)
  // Nobody is in another domain; who asks must learn no more than about a wrong password.
  return isOurDomain(user['domain'], `${path}.domain`) ? name : ''
}

/** @returns the project, or undefined for a token without one */
function parseScope(scope: unknown): string | undefined {
  if (scope === undefined || scope === null || scope === 'unscoped') return undefined
  const fields = fieldsOf(scope, 'auth.scope')
  if (fields['unscoped'] !== undefined) return undefined
  if (fields['project'] === undefined) {
    const kind = ['domain', 'system', 'OS-TRUST:trust'].find((name) => fields[name] !== undefined)
    if (kind === undefined) throw new InvalidRequestError('auth.scope', 'must name a project')
    throw new UnauthenticatedError(`nobody has a role in a ${kind} here; ask for a token for a project`)
  }
  const project = fieldsOf(fields['project'], 'auth.scope.project')
  if (project['id'] !== undefined) return textOf(project['id'], 'auth.scope.project.id')
  const name = textOf(project['name'], 'auth.scope.project.name')
  if (isOurDomain(project['domain'], 'auth.scope.project.domain')) return name
  throw new UnauthenticatedError('there is no project in that domain; the only domain is "Default"')
}

function isOurDomain(domain: unknown, path: string): boolean {
  const { id, name } = fieldsOf(domain, path)
  if (id !== undefined) return id === DOMAIN.id
  return textOf(name, `${path}.name`).toLowerCase() === DOMAIN.name.toLowerCase()
}

function fieldsOf(value: unknown, path: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw new InvalidRequestError(path, 'must be an object')
}

/** The message never quotes it. */
function textOf(value: unknown, path: string): string {
  if (typeof value === 'string') return value
  throw new InvalidRequestError(path, 'must be a string')
}
