import { type Static, Type } from 'typebox'
import type { LoginProof } from '../../control/identity-inputs.ts'
import { InvalidRequestError } from '../../domain/errors.ts'
import { type Api, type ApiDeps, path } from '../api.ts'
import { askerOf } from '../caller.ts'
import { answers, record, ref, reference } from '../schema.ts'
import { NewTokenResource, presentToken, TokenResource } from './resource.ts'

const tags = ['Tokens']
const Secret = Type.String({ minLength: 1, maxLength: 1024 })

const Login = record(
  {
    user: Type.Optional(reference('Id or name; together with `password`, or with the name of a credential.')),
    password: Type.Optional(Secret),
    applicationCredential: Type.Optional(
      reference('Its id, or its name together with `user`; together with `secret`.'),
    ),
    secret: Type.Optional(Secret),
    project: Type.Optional(
      reference('The one project that the token is to be for. Default: all in which the user has a role.'),
    ),
  },
  { examples: [{ user: 'ada', password: 'correct horse', project: 'default' }] },
)

export function tokenRoutes(api: Api, { control }: ApiDeps): void {
  api.post(
    '/tokens',
    {
      config: { open: true },
      schema: {
        operationId: 'issueToken',
        tags,
        summary: 'Log in',
        description:
          'Give `user` and `password`, or `applicationCredential` and `secret`. After too many failures the answer ' +
          'is 429 for a while.',
        security: [],
        body: Login,
        response: answers({ 201: ref(NewTokenResource) }, ['unauthenticated'], { open: true }),
      },
    },
    async (request, reply) => {
      const { project } = request.body
      const issued = await control.tokens.issue({
        proof: proofOf(request.body),
        ...(project !== undefined && { project }),
        address: request.ip,
      })
      return reply.code(201).send({ token: presentToken(issued), secret: issued.secret })
    },
  )

  api.post(
    '/tokens/revoke',
    {
      schema: {
        operationId: 'revokeToken',
        tags,
        summary: 'Revoke a token',
        description: "One's own, or that of a user whom the caller may administer.",
        body: record(
          { token: Secret },
          { examples: [{ token: 'drover_token_EXAMPLEexampleEXAMPLEexampleEXAMPLEexample00' }] },
        ),
        response: answers({ 200: ref(TokenResource) }, ['not_found']),
      },
    },
    async (request) => presentToken(await control.tokens.revoke(askerOf(request), request.body.token)),
  )

  api.post(
    '/users/:user/revoke-tokens',
    {
      schema: {
        operationId: 'revokeTokensOfUser',
        tags,
        summary: 'End every login of a user',
        params: record({ user: path.user }),
        response: answers({ 200: record({ revoked: Type.Integer() }, { examples: [{ revoked: 2 }] }) }, [
          'not_found',
        ]),
      },
    },
    async (request) => control.tokens.revokeAllOf(askerOf(request), request.params.user),
  )
}

function proofOf({ user, password, applicationCredential, secret }: Static<typeof Login>): LoginProof {
  if (user !== undefined && password !== undefined && applicationCredential === undefined) {
    return { kind: 'password', user, password }
  }
  if (applicationCredential !== undefined && secret !== undefined && password === undefined) {
    const credential = { kind: 'application_credential' as const, credential: applicationCredential, secret }
    return user === undefined ? credential : { ...credential, user }
  }
  throw new InvalidRequestError('body', 'give user and password, or applicationCredential and secret')
}
