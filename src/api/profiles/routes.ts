import { Type } from 'typebox'
import { type Api, type ApiDeps, InProject } from '../api.ts'
import { callerOf } from '../caller.ts'
import { listQuery, pageOf, presentPage, splitQuery } from '../paging.ts'
import { answers, FreeObject, IdempotencyHeaders, Name, Nothing, record, ref, reference } from '../schema.ts'
import {
  ProfileResource,
  ProfileTypeResource,
  presentProfile,
  presentProfileType,
  ValidProfileResource,
} from './resource.ts'

const tags = ['Profiles']

const OneProfile = record({
  project: InProject.properties.project,
  profile: reference('The profile, by id or name.'),
})

const spec = {
  type: Type.String({ minLength: 1, maxLength: 63, description: 'One of the profile types.' }),
  version: Type.Optional(Type.String({ maxLength: 20, description: 'Default: the newest.' })),
  properties: FreeObject,
}

const example = { type: 'process', properties: { command: ['node', 'server.js'], port: true } }
const NewProfile = record(
  { name: Name, ...spec, metadata: Type.Optional(FreeObject) },
  { examples: [{ name: 'web', ...example }] },
)
const ProfileSpec = record(spec, { examples: [example] })

export function profileRoutes(api: Api, { control }: ApiDeps): void {
  api.get(
    '/projects/:project/profile-types',
    {
      schema: {
        operationId: 'listProfileTypes',
        tags,
        summary: 'List profile types',
        params: InProject,
        response: answers({ 200: record({ items: Type.Array(ref(ProfileTypeResource)) }) }, ['not_found']),
      },
    },
    async (request) => {
      const types = await control.profiles.types(callerOf(request))
      return { items: types.map(presentProfileType) }
    },
  )

  api.get(
    '/projects/:project/profiles',
    {
      schema: {
        operationId: 'listProfiles',
        tags,
        summary: 'List profiles',
        params: InProject,
        querystring: listQuery(['name', 'createdAt', 'type'], {
          type: Type.Optional(Type.String({ maxLength: 63 })),
        }),
        response: answers({ 200: pageOf(ProfileResource) }, ['not_found']),
      },
    },
    async (request, reply) => {
      const { page, filter } = splitQuery(request.query)
      const profiles = await control.profiles.list(callerOf(request), filter, page)
      return presentPage(request, reply, profiles, presentProfile)
    },
  )

  api.post(
    '/projects/:project/profiles',
    {
      schema: {
        operationId: 'createProfile',
        tags,
        summary: 'Create a profile',
        description: 'A profile never changes: to change what nodes are, create another and update to it.',
        params: InProject,
        headers: IdempotencyHeaders,
        body: NewProfile,
        response: answers({ 201: ref(ProfileResource) }, [
          'not_found',
          'already_exists',
          'invalid_spec',
          'idempotency_mismatch',
        ]),
      },
    },
    async (request, reply) => {
      const profile = await control.profiles.create(callerOf(request), request.body)
      const location = `/api/v1/projects/${request.params.project}/profiles/${profile.name}`
      return reply.code(201).header('location', location).send(presentProfile(profile))
    },
  )

  api.post(
    '/projects/:project/profiles/validate',
    {
      schema: {
        operationId: 'validateProfile',
        tags,
        summary: 'Validate a profile',
        description: 'Says whether its runtime takes it; nothing is kept.',
        params: InProject,
        headers: IdempotencyHeaders,
        body: ProfileSpec,
        response: answers({ 200: ref(ValidProfileResource) }, ['not_found', 'invalid_spec']),
      },
    },
    async (request) => {
      const { type, version, properties } = await control.profiles.validate(callerOf(request), request.body)
      return { type, version, properties }
    },
  )

  api.get(
    '/projects/:project/profiles/:profile',
    {
      schema: {
        operationId: 'getProfile',
        tags,
        summary: 'Get a profile',
        params: OneProfile,
        response: answers({ 200: ref(ProfileResource) }, ['not_found']),
      },
    },
    async (request) => presentProfile(await control.profiles.get(callerOf(request), request.params.profile)),
  )

  api.delete(
    '/projects/:project/profiles/:profile',
    {
      schema: {
        operationId: 'deleteProfile',
        tags,
        summary: 'Delete a profile',
        params: OneProfile,
        response: answers({ 204: Nothing }, ['not_found', 'in_use']),
      },
    },
    async (request, reply) => {
      await control.profiles.delete(callerOf(request), request.params.profile)
      return reply.code(204).send(null)
    },
  )
}
