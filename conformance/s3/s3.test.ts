import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { makeZip } from '../../src/bundles/test-zips.ts'
import { Drover } from '../../system/drover.ts'
import { waitFor } from '../../system/wait-for.ts'
import { NarrowLink } from './narrow-link.ts'
import { buildServer, OWNER, S3Server } from './versitygw.ts'

const MIB = 1024 ** 2
const built = await buildServer()

interface BundleView {
  readonly name: string
  readonly version: string
  readonly digest: string
  readonly source: { readonly version: string | null; readonly etag: string }
}

describe('code is fetched from a real S3 server', { skip: typeof built === 'string' && built }, () => {
  let s3: S3Server
  let link: NarrowLink
  let client: S3Client
  let drover: Drover
  before(async () => {
    s3 = await S3Server.start((built as { program: string }).program)
    link = await NarrowLink.listen(s3.port)
    const endpoint = `http://127.0.0.1:${s3.port}`
    client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials: OWNER })
    for (const Bucket of ['code', 'plain']) await client.send(new CreateBucketCommand({ Bucket }))
    const VersioningConfiguration = { Status: 'Enabled' } as const
    await client.send(new PutBucketVersioningCommand({ Bucket: 'code', VersioningConfiguration }))
    drover = await Drover.prepare({
      flags: ['--s3-endpoint', `http://127.0.0.1:${link.port}`, '--s3-idle-seconds', '2'],
      env: { AWS_ACCESS_KEY_ID: OWNER.accessKeyId, AWS_SECRET_ACCESS_KEY: OWNER.secretAccessKey },
    })
    await drover.start()
  })
  after(async () => {
    await drover?.destroy()
    await link?.close()
    client?.destroy()
    await s3?.destroy()
  })

  const zip = (text: string, noiseBytes = 0) =>
    makeZip([
      { name: 'run.sh', data: `echo ${text}\n`, mode: 0o100755 },
      { name: 'noise', data: randomBytes(noiseBytes) },
    ])
  const put = async (Key: string, Body: Buffer, Bucket = 'code') =>
    (await client.send(new PutObjectCommand({ Bucket, Key, Body }))).VersionId ?? null
  const publish = (url: string, ...more: string[]) =>
    drover.json<BundleView>(['bundle', 'publish', url, ...more])
  const refusal = async (body: object, server = drover) => {
    const answer = await server.ask('POST', '/bundles/fetch', { body, timeoutMs: 60_000 })
    return [answer.status, answer.body.code, answer.body.detail] as const
  }
  const halfMade = async () => (await readdir(join(drover.dataFolder, 'bundles', 'incoming'))).length

  test('the newest version is taken and pinned, an older one by its name, and neither twice', async () => {
    const one = await put('apps/web.zip', zip('one'))
    const two = await put('apps/web.zip', zip('two'))
    const newest = await publish('s3://code/apps/web.zip')
    assert.deepEqual([newest.name, newest.source.version], ['web', two])
    const older = await publish('s3://code/apps/web.zip', '--object-version', one as string)
    assert.deepEqual([older.source.version, older.digest !== newest.digest], [one, true])
    assert.deepEqual(await publish('s3://code/apps/web.zip'), newest)
  })

  test('an object of many parts comes whole, also over a network that breaks', async () => {
    const bytes = zip('large', 12 * MIB)
    const of = { Bucket: 'code', Key: 'large.zip' }
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(of))
    const Parts = []
    for (let PartNumber = 1; (PartNumber - 1) * 5 * MIB < bytes.length; PartNumber += 1) {
      const Body = bytes.subarray((PartNumber - 1) * 5 * MIB, PartNumber * 5 * MIB)
      const { ETag } = await client.send(new UploadPartCommand({ ...of, UploadId, PartNumber, Body }))
      Parts.push({ PartNumber, ETag })
    }
    await client.send(new CompleteMultipartUploadCommand({ ...of, UploadId, MultipartUpload: { Parts } }))
    for (const then of ['cut', 'silence'] as const) {
      link.breakAfter(7 * MIB, then)
      const fetching = publish('s3://code/large.zip', '--name', then)
      await waitFor('the network breaks', 60_000, () => link.breaks > 0)
      link.mend()
      const made = await fetching
      assert.match(made.source.etag, /-3"?$/)
      const deleted = await drover.run(['bundle', 'delete', `${made.name}@${made.version}`, '--yes'])
      assert.equal(deleted.exitCode, 0, deleted.stderr)
    }
  })

  test('a bucket without versions is pinned by ETag', async () => {
    await put('web.zip', zip('plain one'), 'plain')
    const one = await publish('s3://plain/web.zip', '--name', 'plain')
    assert.equal(one.source.version, null)
    assert.match(one.source.etag, /[0-9a-f]{32}/)
    assert.deepEqual(await publish('s3://plain/web.zip', '--name', 'plain'), one)
    await put('web.zip', zip('plain two'), 'plain')
    assert.notEqual((await publish('s3://plain/web.zip', '--name', 'plain')).digest, one.digest)
  })

  test('what is not there is told apart, and what is deleted is not there', async () => {
    const version = await put('gone.zip', zip('gone'))
    await client.send(new DeleteObjectCommand({ Bucket: 'code', Key: 'gone.zip' }))
    const cases = [
      [{ bucket: 'nowhere', key: 'x.zip' }, /bucket "nowhere"/],
      [{ bucket: 'code', key: 'x.zip' }, /object "s3:\/\/code\/x.zip"/],
      [{ bucket: 'code', key: 'gone.zip' }, /object "s3:\/\/code\/gone.zip"/],
      [{ bucket: 'code', key: 'gone.zip', objectVersion: '01HZZZZZZZZZZZZZZZZZZZZZZZ' }, /version/],
    ] as const
    for (const [body, says] of cases) {
      const [status, code, detail] = await refusal(body)
      assert.deepEqual([status, code], [404, 'not_found'], detail)
      assert.match(detail, says)
    }
    const kept = await publish('s3://code/gone.zip', '--object-version', version as string)
    assert.equal(kept.source.version, version)
  })

  test('a zip that is damaged is refused, and nothing of it is kept', async () => {
    await put('bad.zip', zip('bad').subarray(0, -30))
    const [status, code] = await refusal({ bucket: 'code', key: 'bad.zip' })
    assert.deepEqual([status, code], [422, 'invalid_bundle'])
    assert.equal(await halfMade(), 0)
  })

  test('a server that is killed in the middle leaves nothing behind, and asking again makes the bundle', async () => {
    await put('killed.zip', zip('killed', 4 * MIB))
    link.breakAfter(2 * MIB, 'silence')
    const lost = refusal({ bucket: 'code', key: 'killed.zip' }).catch((error: unknown) => error)
    await waitFor('it is half way', 30_000, async () => link.breaks > 0 && (await halfMade()) > 0)
    await drover.end('SIGKILL')
    await lost
    assert.equal(await halfMade(), 1)
    link.mend()
    await drover.start()
    assert.equal(await halfMade(), 0)
    assert.equal((await publish('s3://code/killed.zip')).name, 'killed')
  })

  test('a store that is away is named, and fetched from again when it is back', async () => {
    await put('later.zip', zip('later'))
    await s3.kill()
    const [status, code, detail] = await refusal({ bucket: 'code', key: 'later.zip' })
    assert.deepEqual([status, code], [502, 'source_failed'], detail)
    await s3.resume()
    assert.equal((await publish('s3://code/later.zip')).name, 'later')
  })

  test('wrong credentials are refused with what to do, and the right ones show nowhere', async () => {
    const other = await Drover.prepare({
      flags: ['--s3-endpoint', `http://127.0.0.1:${s3.port}`],
      env: { AWS_ACCESS_KEY_ID: OWNER.accessKeyId, AWS_SECRET_ACCESS_KEY: 'wrong-and-as-secret' },
    })
    try {
      await other.start()
      const [status, code, detail] = await refusal({ bucket: 'code', key: 'apps/web.zip' }, other)
      assert.deepEqual([status, code], [502, 'source_failed'], detail)
      assert.match(detail, /refuses s3:\/\/code\/apps\/web.zip.*credentials/)
      for (const each of [drover, other]) {
        const events = JSON.stringify(await each.get('/events?limit=1000'))
        assert.doesNotMatch(events + each.logTail(10_000), /not-a-word|wrong-and-as-secret/)
      }
      assert.doesNotMatch(readFileSync(`/proc/${other.pid}/cmdline`, 'utf8'), /secret/)
    } finally {
      await other.destroy()
    }
  })
})
