import type { JsonObject } from '../../domain/ids.ts'
import { HIDDEN } from '../../domain/property.ts'
import type { LifecycleHooks, Login, NodeTemplate } from '../../domain/revision.ts'
import { invalid } from './errors.ts'
import { MASK, readPassword } from './password.ts'
import type { Member } from './read.ts'

const MOST_SCRIPT_CHARACTERS = 10_240
const USER_NAME = /^[a-z_][a-z0-9_.-]{0,31}$/i
const DEFAULT_USER_NAME = 'root'
/** Where the general template has its scripts. */
const PRE_INSTALL = 'alpha.cce/preInstall'
const POST_INSTALL = 'alpha.cce/postInstall'

/** Scripts of an installation may take long: packages are fetched in them. */
const SCRIPT_TIMEOUT_SECONDS = 600

/**
 * What the general template of a pool or a node (`spec`, `spec.nodeTemplate`) says of scripts and login: scripts stand
 * in its `extendParam`, or in a `lifeCycle` as the synchronisation has it.
 * @throws Fault 400
 */
export function readTemplate(spec: Member): NodeTemplate {
  const lifeCycle = lifeCycleOf(spec)
  const extend = spec.maybe('extendParam')
  extend.optionalObject()
  const or = (name: 'preInstall' | 'postInstall', other: string) => {
    const member = lifeCycle.maybe(name)
    return member.isAbsent ? extend.maybe(other) : member
  }
  const scripts = [or('preInstall', PRE_INSTALL), or('postInstall', POST_INSTALL)] as const
  return toTemplate(readScripts(...scripts), readLogin(spec.maybe('login')))
}

/** The template of a synchronisation of `DefaultPool`: both its parts have to be there. @throws Fault 400 */
export function readSyncTemplate(template: Member): NodeTemplate {
  template.object()
  const lifeCycle = template.at('lifeCycle')
  lifeCycle.object()
  const login = template.at('login')
  login.object()
  const hooks = readScripts(lifeCycle.at('preInstall'), lifeCycle.at('postInstall'))
  return toTemplate(hooks, readLogin(login))
}

function lifeCycleOf(spec: Member): Member {
  const given = spec.maybe('lifeCycle')
  // The reset of nodes spells it in small letters.
  return given.isAbsent ? spec.maybe('lifecycle') : given
}

function toTemplate(hooks: LifecycleHooks, login: Login | undefined): NodeTemplate {
  return { ...(Object.keys(hooks).length > 0 && { hooks }), ...(login && { login }) }
}

function readScripts(preInstall: Member, postInstall: Member): LifecycleHooks {
  const given = [preInstall, postInstall].map((member) => (member.optionalText() ?? '').replace(/\r?\n/g, ''))
  const characters = given.reduce((total, text) => total + text.length, 0)
  if (characters > MOST_SCRIPT_CHARACTERS) {
    const rule =
      `and ${postInstall.path} have ${characters} characters together, ` +
      `at most ${MOST_SCRIPT_CHARACTERS} are allowed`
    throw invalid(preInstall.path, rule)
  }
  const [pre, post] = [decode(preInstall, given[0]!), decode(postInstall, given[1]!)]
  const hook = (script: string) => ({ script, timeoutSeconds: SCRIPT_TIMEOUT_SECONDS })
  return {
    ...(pre !== '' && { preInstall: hook(pre) }),
    ...(post !== '' && { postInstall: hook(post) }),
  }
}

function decode({ path }: Member, text: string): string {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) {
    throw invalid(path, 'must be Base64')
  }
  try {
    const script = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'base64'))
    if (!script.includes('\0')) return script
  } catch {
    // Said below.
  }
  throw invalid(path, 'must be the Base64 of a text in UTF-8')
}

/** Exactly one of a key pair and a password; undefined if there is no login at all. @throws Fault 400 */
function readLogin(login: Member): Login | undefined {
  if (login.optionalObject() === undefined) return undefined
  const [sshKey, userPassword] = [login.at('sshKey'), login.at('userPassword')]
  if (sshKey.isAbsent === userPassword.isAbsent) {
    throw invalid(login.path, 'must have exactly one of sshKey and userPassword')
  }
  if (!sshKey.isAbsent) {
    return {
      userName: DEFAULT_USER_NAME,
      keyPair: sshKey.name(/^.{1,255}$/, 'must be the name of a key pair'),
    }
  }
  const name = userPassword.at('username')
  const userName = name.isAbsent
    ? DEFAULT_USER_NAME
    : name.name(USER_NAME, 'must be the name of a user: letters, digits, "_", "." and "-"')
  const member = userPassword.at('password')
  const password = readPassword(member.text(), userName)
  switch (password.kind) {
    case 'refused':
      throw invalid(member.path, password.rule)
    case 'masked':
      return { userName, password: HIDDEN }
    default:
      return { userName, password: password.text }
  }
}

/** A template as it is kept beside the pool and given back: with nothing in it that nobody may see. */
export function maskSecrets(spec: JsonObject): JsonObject {
  const { login, extendParam } = spec as { login?: JsonObject; extendParam?: JsonObject }
  const userPassword = login?.['userPassword'] as JsonObject | undefined
  return {
    ...spec,
    ...(login && {
      login: { ...login, ...(userPassword && { userPassword: { ...userPassword, password: MASK } }) },
    }),
    ...(extendParam?.['init-node-password'] !== undefined && {
      extendParam: { ...extendParam, 'init-node-password': MASK },
    }),
  }
}
