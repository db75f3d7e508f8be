import type { Drover } from '../../system/drover.ts'

/** What client.py reads: an access key of its own, and where the gateway is. */
export async function clientEnvironment(drover: Drover): Promise<Record<string, string>> {
  const { accessKey, secret } = await drover.json<CreatedKey>(['access-key', 'create', 'huawei'])
  const { items } = await drover.json<{ items: readonly Gateway[] }>(['gateway', 'list'])
  return {
    // This client keeps only host and port of an endpoint.
    CCE_ENDPOINT: items.find(({ name }) => name === 'cce')!.ownUrl,
    CLOUD_SDK_AK: accessKey.id,
    CLOUD_SDK_SK: secret,
    PROJECT: accessKey.projectId,
  }
}

interface CreatedKey {
  readonly accessKey: { readonly id: string; readonly projectId: string }
  readonly secret: string
}

interface Gateway {
  readonly name: string
  readonly ownUrl: string
}
