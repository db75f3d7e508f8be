import { InvalidRequestError } from '../domain/errors.ts'
import { HIDDEN } from '../domain/property.ts'
import { LOGIN_SECRETS, type NodeTemplate } from '../domain/revision.ts'
import { isObject } from './validate.ts'

const PARTS = ['hooks', 'login']
const HOOKS = ['preInstall', 'postInstall', 'preStop', 'postStart']
const MAX_SCRIPT_LENGTH = 64 * 1024
const CREDENTIALS = ['password', 'keyPair', 'privateKey']
const MAX_CREDENTIAL_LENGTH = 16 * 1024
/** What Linux lets a user be called. */
const USER_NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/

/** @throws InvalidRequestError on a part there is not; what a hook may be is the runtime's to check, too */
export function checkNodeTemplate(value: NodeTemplate): NodeTemplate {
  if (!isObject(value)) throw new InvalidRequestError('nodeTemplate', 'must be an object')
  checkKeys('nodeTemplate', value, PARTS)
  const { hooks, login } = value as NodeTemplate
  if (login !== undefined) checkLogin(login)
  if (hooks === undefined) return value
  if (!isObject(hooks)) throw new InvalidRequestError('nodeTemplate.hooks', 'must be an object')
  checkKeys('nodeTemplate.hooks', hooks, HOOKS)
  for (const [name, hook] of Object.entries(hooks)) checkHook(`nodeTemplate.hooks.${name}`, hook)
  return value
}

/**
 * The template with secrets of its login that are given as they are shown taken from the one before, so that what was read
 * can be given back.
 * @throws InvalidRequestError if there is none to take
 */
export function keepHiddenSecrets(template: NodeTemplate, before: NodeTemplate): NodeTemplate {
  const { login } = template
  const hidden = LOGIN_SECRETS.filter((name) => login?.[name] === HIDDEN)
  if (!login || hidden.length === 0) return template
  const kept = hidden.map((name) => {
    const secret = before.login?.[name]
    if (secret !== undefined && before.login?.userName === login.userName) return [name, secret] as const
    const rule = `"${HIDDEN}" stands for the one that user has, and there is none: give it in full`
    throw new InvalidRequestError(`nodeTemplate.login.${name}`, rule)
  })
  return { ...template, login: { ...login, ...Object.fromEntries(kept) } }
}

function checkHook(field: string, hook: unknown): void {
  if (!isObject(hook)) throw new InvalidRequestError(field, 'must be { command or script, timeoutSeconds? }')
  const { command, script, timeoutSeconds } = hook
  if (script === undefined) checkCommand(`${field}.command`, command)
  else if (command !== undefined) throw new InvalidRequestError(field, 'give a command or a script, not both')
  else if (!isText(script, MAX_SCRIPT_LENGTH)) {
    throw new InvalidRequestError(
      `${field}.script`,
      `must be a text of 1 to ${MAX_SCRIPT_LENGTH} characters without NUL`,
    )
  }
  if (timeoutSeconds !== undefined && !(typeof timeoutSeconds === 'number' && timeoutSeconds > 0)) {
    throw new InvalidRequestError(`${field}.timeoutSeconds`, 'must be more than 0 seconds')
  }
}

function checkCommand(field: string, command: unknown): void {
  if (!Array.isArray(command) || command.length === 0 || command.some((part) => typeof part !== 'string')) {
    throw new InvalidRequestError(field, 'must be a list of texts: the program and its arguments')
  }
}

/** No message tells a value: it may be a secret. */
function checkLogin(login: unknown): void {
  const field = 'nodeTemplate.login'
  if (!isObject(login)) throw new InvalidRequestError(field, 'must be an object')
  checkKeys(field, login, ['userName', ...CREDENTIALS])
  const { userName } = login
  if (typeof userName !== 'string' || !USER_NAME.test(userName)) {
    throw new InvalidRequestError(
      `${field}.userName`,
      'must have 1 to 32 letters, digits, "_", "." and "-", and begin with a letter or "_"',
    )
  }
  const given = CREDENTIALS.filter((name) => login[name] !== undefined)
  const [credential] = given
  if (credential === undefined || given.length > 1) {
    throw new InvalidRequestError(field, `give exactly one of ${CREDENTIALS.join(', ')}`)
  }
  if (!isText(login[credential], MAX_CREDENTIAL_LENGTH)) {
    const rule = `must be a text of 1 to ${MAX_CREDENTIAL_LENGTH} characters without NUL`
    throw new InvalidRequestError(`${field}.${credential}`, rule)
  }
}

function checkKeys(field: string, value: object, known: readonly string[]): void {
  const unknown = Object.keys(value).find((key) => !known.includes(key))
  if (unknown === undefined) return
  throw new InvalidRequestError(`${field}.${unknown}`, `there are only: ${known.join(', ')}`)
}

function isText(value: unknown, maxLength: number): value is string {
  return typeof value === 'string' && value !== '' && value.length <= maxLength && !value.includes('\0')
}
