import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** Who signs as minisign does, for tests. */
export interface TestSigner {
  /** The `.pub` file. */
  readonly publicKey: string
  /** @returns the `.minisig` file */
  sign(content: Uint8Array, comment?: string): string
}

/** @param id 8 bytes; default: by chance, as minisign chooses it */
export function createTestSigner(id: Uint8Array = randomBytes(8)): TestSigner {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
  return {
    publicKey: `untrusted comment: minisign public key\n${base64('Ed', id, raw)}\n`,
    sign: (content, comment = 'by a test') => minisign(privateKey, id, content, comment),
  }
}

function minisign(key: KeyObject, id: Uint8Array, content: Uint8Array, comment: string): string {
  const signature = sign(null, createHash('blake2b512').update(content).digest(), key)
  const overall = sign(null, Buffer.concat([signature, Buffer.from(comment)]), key)
  return [
    'untrusted comment: signature from a test',
    base64('ED', id, signature),
    `trusted comment: ${comment}`,
    overall.toString('base64'),
    '',
  ].join('\n')
}

function base64(algorithm: string, id: Uint8Array, bytes: Uint8Array): string {
  return Buffer.concat([Buffer.from(algorithm), id, bytes]).toString('base64')
}
