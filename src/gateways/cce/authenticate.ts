import type { FastifyRequest } from 'fastify'
import { isToken } from '../../access/secret.ts'
import type { Caller } from '../../control/control.ts'
import type { ProjectId } from '../../domain/ids.ts'
import type { Principal } from '../../domain/principal.ts'
import type { GatewayDeps } from '../gateway.ts'
import { headerOf } from '../keystone.ts'
import { signedRequestOf } from '../signed-request.ts'
import { notAuthenticated, wrongProject } from './errors.ts'
import { ALGORITHM, findFlaw, isSigned, parseAuthorization } from './signature.ts'

/** Who asks, and the one project that the credential is for; null: wherever its roles are. */
export interface Proven {
  readonly principal: Principal
  readonly projectId: ProjectId | null
}

/**
 * Finds out who asks: by the signature of an access key, by a token of the gateway `identity`, or by an API key of Drover.
 * @throws Fault 401, UnauthenticatedError, RateLimitedError
 */
export async function prove(deps: GatewayDeps, request: FastifyRequest): Promise<Proven> {
  const authorization = headerOf(request, 'authorization')
  if (authorization !== undefined) return await proveSignature(deps, request, authorization)
  const token = headerOf(request, 'x-auth-token')
  if (token === undefined) {
    throw notAuthenticated(`sign the request (${ALGORITHM}), or send a token as X-Auth-Token`)
  }
  if (!isToken(token)) {
    return { principal: await deps.authenticate(`Bearer ${token}`, request.ip), projectId: null }
  }
  const principal = await deps.authenticateToken(token, request.ip)
  return { principal, projectId: principal.login?.projectId ?? null }
}

async function proveSignature(
  { accessKeys, clock }: GatewayDeps,
  request: FastifyRequest,
  header: string,
): Promise<Proven> {
  const authorization = parseAuthorization(header)
  if (!authorization) {
    throw notAuthenticated(
      `Authorization must be "${ALGORITHM} Access=…, SignedHeaders=…, Signature=…"; no other way to sign is known here`,
    )
  }
  const signed = signedRequestOf(request)
  const flaw = findFlaw(signed, authorization, clock.now())
  if (flaw !== null) throw notAuthenticated(flaw)
  const { access } = authorization
  const key = await accessKeys.find(access, request.ip)
  if (!key || !isSigned(signed, authorization, key.secret)) {
    accessKeys.refused(access, request.ip)
    // One answer for both: who asks learns nothing of which keys there are.
    throw notAuthenticated('there is no such access key, or the request was not signed with its secret')
  }
  accessKeys.accepted(access, request.ip)
  return { principal: key.principal, projectId: key.projectId }
}

/**
 * The caller in the path's project, which clients name by its id; a name does as well.
 * @throws Fault 403 if what was shown is for another project
 */
export async function callerIn({ control }: GatewayDeps, proven: Proven, reference: string): Promise<Caller> {
  const { principal, projectId } = proven
  if (projectId === null || reference === projectId) return { principal, project: reference }
  const found = await control.projects.get({ principal }, reference)
  if (found.id !== projectId) throw wrongProject(reference)
  return { principal, project: projectId }
}
