import { hashForMinisign, isSignedBy, parseMinisignature, parseMinisignKey } from '../access/minisign.ts'
import {
  AlreadyExistsError,
  InvalidRequestError,
  LimitExceededError,
  NotFoundError,
} from '../domain/errors.ts'
import type { BundleSignature, SigningKey } from '../domain/governance.ts'
import type { BundleSignatureId, SigningKeyId } from '../domain/ids.ts'
import {
  deleteSigningKey,
  getGovernanceRules,
  insertBundleSignature,
  insertSigningKey,
  listBundleSignatures,
  listSigningKeys,
} from '../store/governance.ts'
import { findPublishedProjectByKey } from '../store/published-projects.ts'
import type { Caller, ControlDeps } from './control.ts'
import { requireRight } from './deployer-rights.ts'
import { requireBundleOf } from './deployment-settings.ts'
import { requireBundle } from './find.ts'
import { askGovernance } from './governance.ts'
import { setRule } from './governance-rules.ts'
import type { GovernanceVerbs, SigningKeyInput } from './governance-verbs.ts'
import { requireExactBundle } from './governed-bundle.ts'
import { look, performInProject, type Scope } from './perform.ts'
import { placesOf, requireReadableDeployment, requireReadableProject } from './readable.ts'
import { checkName } from './validate.ts'

const MOST_KEYS = 100
const MOST_SIGNATURES = 20

export function createGovernanceVerbs(deps: ControlDeps): GovernanceVerbs {
  return {
    check: (caller, ref, version) =>
      look(deps, caller, 'governance.check', async (tx, project) => {
        const deployment = await requireReadableDeployment({ tx, project, principal: caller.principal }, ref)
        const places = await placesOf(tx, deployment)
        const bundle =
          version === undefined
            ? await requireBundle(tx, project.id, deployment.bundleId)
            : await requireBundleOf(tx, places.publishedProject, version)
        return await askGovernance(tx, { ...places, bundle }, deps.clock.now())
      }),
    getRules: (caller, ref) =>
      look(deps, caller, 'governance.getRules', async (tx, project) =>
        getGovernanceRules(
          tx,
          (await requireReadableProject({ tx, project, principal: caller.principal }, ref)).id,
        ),
      ),
    setRule: (caller, publishedProject, stage, rule, match = {}) =>
      setRule(deps, caller, { publishedProject, stage, rule, match }),
    keys: (caller, ref) =>
      look(deps, caller, 'governance.keys', async (tx, project) =>
        listSigningKeys(
          tx,
          (await requireReadableProject({ tx, project, principal: caller.principal }, ref)).id,
        ),
      ),
    addKey: (caller, ref, input) => addKey(deps, caller, ref, input),
    removeKey: (caller, ref, name) => removeKey(deps, caller, ref, name),
    addSignature: (caller, ref, text) => addSignature(deps, caller, ref, text),
  }
}

async function addKey(
  deps: ControlDeps,
  caller: Caller,
  ref: string,
  input: SigningKeyInput,
): Promise<SigningKey> {
  const { signingKey } = await performInProject(deps, caller, {
    verb: 'governance.addKey',
    input: [ref, input],
    work: async (scope) => {
      const { tx, principal, now, ids, event } = scope
      const found = await requireReadableProject(scope, ref)
      requireRight(scope, 'admin', [found], 'governance.addKey')
      const known = await listSigningKeys(tx, found.id)
      if (known.length >= MOST_KEYS) {
        throw new LimitExceededError(
          `published project "${found.key}" has ${MOST_KEYS} keys, and may not have more`,
        )
      }
      const signingKey: SigningKey = {
        ...parseMinisignKey('publicKey', input.publicKey),
        id: ids.next<SigningKeyId>(),
        publishedProjectId: found.id,
        name: checkName('name', input.name),
        createdAt: now,
        createdBy: principal.name,
      }
      const twin = known.find(
        ({ name, publicKey }) => name === signingKey.name || publicKey === signingKey.publicKey,
      )
      if (twin) throw new AlreadyExistsError('key', twin.name)
      await insertSigningKey(tx, signingKey)
      event({
        type: 'governance.keyAdded',
        because: `${principal.name} has published project "${found.key}" trust key "${signingKey.name}" (${signingKey.keyId})`,
        data: { publishedProject: found.key, key: signingKey.name, publicKey: signingKey.publicKey },
      })
      return { signingKey }
    },
  })
  return signingKey
}

async function removeKey(deps: ControlDeps, caller: Caller, ref: string, name: string): Promise<SigningKey> {
  const { signingKey } = await performInProject(deps, caller, {
    verb: 'governance.removeKey',
    input: [ref, name],
    work: async (scope) => {
      const { tx, principal, event } = scope
      const found = await requireReadableProject(scope, ref)
      requireRight(scope, 'admin', [found], 'governance.removeKey')
      const signingKey = (await listSigningKeys(tx, found.id)).find((key) => key.name === name)
      if (!signingKey) throw new NotFoundError('key', name)
      await deleteSigningKey(tx, signingKey.id)
      event({
        type: 'governance.keyRemoved',
        because: `${principal.name} has published project "${found.key}" trust key "${name}" (${signingKey.keyId}) no more`,
        data: { publishedProject: found.key, key: name, publicKey: signingKey.publicKey },
      })
      return { signingKey }
    },
  })
  return signingKey
}

async function addSignature(
  deps: ControlDeps,
  caller: Caller,
  ref: string,
  text: string,
): Promise<BundleSignature> {
  const { signature } = await performInProject(deps, caller, {
    verb: 'governance.addSignature',
    input: [ref, text],
    // Bundles never change: what is hashed before the transaction is what is signed in it.
    prepare: async (project) => {
      const parsed = parseMinisignature('signature', text)
      const { id, digest } = await deps.store.read((tx) =>
        requireExactBundle({ tx, project, principal: caller.principal }, ref),
      )
      return { ...parsed, bundleId: id, hash: await hashForMinisign(await deps.bundles.open(digest)) }
    },
    work: async (scope, { keyId, comment, bundleId, hash }) => {
      const bundle = await requireExactBundle(scope, bundleId)
      const fullName = `${bundle.name}@${bundle.version}`
      const known = await listBundleSignatures(scope.tx, bundle.id)
      const twin = known.find((one) => one.text === text)
      if (twin) return { signature: twin }
      if (known.length >= MOST_SIGNATURES) {
        throw new LimitExceededError(
          `bundle ${fullName} has ${MOST_SIGNATURES} signatures, and may not have more`,
        )
      }
      await checkAgainstKeys(scope, { key: bundle.name, fullName, text, hash, keyId })
      const signature: BundleSignature = {
        id: scope.ids.next<BundleSignatureId>(),
        bundleId: bundle.id,
        keyId,
        text,
        comment,
        hash,
        addedAt: scope.now,
        addedBy: scope.principal.name,
      }
      await insertBundleSignature(scope.tx, signature)
      scope.event({
        type: 'bundle.signed',
        because: `${scope.principal.name} added a signature of key ${keyId} to bundle ${fullName}`,
        data: { bundle: fullName, digest: bundle.digest, keyId, comment },
      })
      return { signature }
    },
  })
  return signature
}

/** Somebody who adds a signature that cannot be right should learn it now, not when the bundle is refused. */
async function checkAgainstKeys(
  scope: Scope,
  made: {
    readonly key: string
    readonly fullName: string
    readonly text: string
    readonly hash: string
    readonly keyId: string
  },
): Promise<void> {
  const { tx, project } = scope
  const publishedProject = await findPublishedProjectByKey(tx, project.id, made.key)
  if (!publishedProject) return
  requireRight(scope, 'write', [publishedProject], 'governance.addSignature')
  const named = (await listSigningKeys(tx, publishedProject.id)).filter(({ keyId }) => keyId === made.keyId)
  if (named.length === 0 || named.some((key) => isSignedBy(made.text, made.hash, key))) return
  throw new InvalidRequestError(
    'signature',
    `was not made over the bytes of ${made.fullName} with key "${named[0]?.name}" (${made.keyId}): sign this very zip again`,
  )
}
