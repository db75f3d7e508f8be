import { Type } from 'typebox'
import type { Api, ApiDeps } from '../api.ts'
import { type Mount, urlOfMount } from '../mounts.ts'
import { answers, NullableString, record, ref } from '../schema.ts'

export const GatewayResource = record(
  {
    name: Type.String(),
    url: Type.String({ description: 'Where it is, for a client that comes as this one does.' }),
    ownUrl: Type.Unsafe<string | null>({
      ...NullableString,
      description: 'The listener that it has for itself, if it has one.',
    }),
    serviceType: Type.Unsafe<string | null>({
      ...NullableString,
      description: "As OpenStack's catalog lists it, if it does.",
    }),
    setup: Type.Array(Type.String(), { description: "Lines that a client's user has to set." }),
  },
  {
    $id: 'Gateway',
    description: "A part of the server that speaks a vendor's API, for clients that were made for it.",
    examples: [
      {
        name: 'identity',
        url: 'http://127.0.0.1:7717/gateways/identity',
        ownUrl: null,
        serviceType: 'identity',
        setup: ['export OS_AUTH_URL=http://127.0.0.1:7717/gateways/identity/v3'],
      },
    ],
  },
)

export function gatewayRoutes(api: Api, { door }: ApiDeps): void {
  api.get(
    '/gateways',
    {
      schema: {
        operationId: 'listGateways',
        tags: ['System'],
        summary: 'List gateways',
        response: answers({ 200: record({ items: Type.Array(ref(GatewayResource)) }) }),
      },
    },
    async (request) => {
      const urlOf = ({ name }: Mount) => urlOfMount(name, request, door)
      const urls = Object.fromEntries(door.gateways.map((mount) => [mount.name, urlOf(mount)]))
      return {
        items: door.gateways.map((mount) => ({
          name: mount.name,
          url: urlOf(mount),
          ownUrl: door.ownListeners().get(mount.name) ?? null,
          serviceType: mount.catalog?.type ?? null,
          setup: [...(mount.setup?.(urlOf(mount), urls) ?? [])],
        })),
      }
    },
  )
}
