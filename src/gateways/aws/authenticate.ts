import type { FastifyRequest } from 'fastify'
import type { SigningKey } from '../../access/access-keys.ts'
import { RateLimitedError } from '../../domain/errors.ts'
import type { GatewayDeps } from '../gateway.ts'
import { signedRequestOf } from '../signed-request.ts'
import { AwsFault } from './fault.ts'
import { parseAuthorization, unrecognized, verifySignature, WrongCredential } from './sigv4.ts'
import { createThrottle } from './throttle.ts'

/** Finds out who signed a request. @throws AwsFault */
export type SignatureCheck = (request: FastifyRequest) => Promise<SigningKey>

/** @param service the name that requests must be signed for */
export function createSignatureCheck(deps: GatewayDeps, service: string): SignatureCheck {
  const { accessKeys, clock, config } = deps
  const { region, requestsPerSecond, burst } = config.aws
  const throttle = createThrottle({ perSecond: requestsPerSecond, burst })

  return async (request) => {
    const signed = signedRequestOf(request)
    let accessKeyId = ''
    const now = clock.now()
    try {
      const authorization = parseAuthorization(signed)
      accessKeyId = authorization.accessKeyId
      const key = await accessKeys.find(accessKeyId, request.ip)
      if (!key) throw unrecognized()
      const isEncrypted = deps.urlOf(service, request).startsWith('https:')
      verifySignature(signed, authorization, key.secret, { region, service, now, isEncrypted })
      accessKeys.accepted(accessKeyId, request.ip)
      throttle(accessKeyId, now)
      return key
    } catch (error) {
      if (error instanceof RateLimitedError) throw tooMany(error)
      if (error instanceof AwsFault && error.kind.status === 403) {
        accessKeys.refused(accessKeyId, request.ip, { isGuess: error instanceof WrongCredential })
      }
      throw error
    }
  }
}

function tooMany(error: RateLimitedError): AwsFault {
  return new AwsFault({ type: 'ThrottlingException', status: 429 }, error.message, { cause: error })
}
