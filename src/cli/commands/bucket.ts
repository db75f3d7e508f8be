import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import { messageOf } from '../../domain/errors.ts'
import { UsageError } from '../cli-error.ts'
import { addCommand, addListOptions, addNoun, addYesOption, type Cli } from '../command.ts'
import type { Column } from '../output.ts'
import { readObjectUrl, uploadZip } from '../publish.ts'
import type { BucketResource, ObjectResource } from '../resources.ts'
import type { ListOptions, Session } from '../session.ts'
import { byteSize } from '../time.ts'

interface VersionOption {
  readonly objectVersion?: string
}

interface DeleteOptions {
  readonly yes?: boolean
  readonly force?: boolean
}

/** `drover bucket`: create, list, delete, put, get, list-objects, versions, delete-object. */
export function addBucketCommands(program: Command, cli: Cli): void {
  const noun = addNoun(program, 'bucket', 'buckets for code that Drover keeps itself, where there is no S3')
  addBuckets(noun, cli)
  addPutAndGet(noun, cli)
  addObjectLists(noun, cli)
  addObjectDeletion(noun, cli)
}

function addBuckets(noun: Command, cli: Cli): void {
  addCommand(
    noun,
    cli,
    {
      usage: 'create <bucket>',
      summary: 'create a bucket',
      details:
        'Its name follows the rules of S3. Where a bucket is named, those of the project come first, then those of the S3 ' +
        "that the server's settings name.",
      examples: ['bucket create code'],
    },
    async (session, _options: object, name: string) => {
      const bucket = await session.client.post<BucketResource>(session.inProject`/buckets`, { name })
      session.output.result(bucket, `bucket ${bucket.name} is created`)
    },
  )

  addListOptions(
    addCommand(
      noun,
      cli,
      { usage: 'list', summary: 'list buckets', examples: ['bucket list', 'bucket list -o json'] },
      async (session, options: ListOptions) => {
        session.output.page(
          await session.list<BucketResource>(session.inProject`/buckets`, {}, options),
          [
            ['BUCKET', (bucket) => bucket.name],
            ['VERSIONS', (bucket) => String(bucket.versionCount)],
            ['SIZE', (bucket) => byteSize(bucket.sizeBytes)],
            ['CREATED', (bucket, output) => output.ago(bucket.createdAt)],
            ['BY', (bucket) => bucket.createdBy],
          ],
          'No buckets yet. Create one with: drover bucket create <name>',
        )
      },
    ),
  )

  addYesOption(
    addCommand(
      noun,
      cli,
      {
        usage: 'delete <bucket>',
        summary: 'delete a bucket that is empty, or with --force with everything in it',
        details: 'Bundles that were made of what is in it stay.',
        examples: ['bucket delete code', 'bucket delete code --force --yes'],
      },
      async (session, { force = false, ...options }: DeleteOptions, name: string) => {
        const what = force ? ' and every version of everything in it' : ''
        await session.confirm(options, () => `Delete bucket ${name}${what}?`)
        await session.client.delete(session.inProject`/buckets/${name}`, force ? { force } : {})
        session.output.result(null, `bucket ${name} is deleted`)
      },
    ).option('--force', 'with every version of everything in it'),
  )
}

function addPutAndGet(noun: Command, cli: Cli): void {
  addCommand(
    noun,
    cli,
    {
      usage: 'put <path> <url>',
      summary: 'put a zip file, or a folder packed as one, into a bucket',
      details:
        'It becomes the newest version of its key; the versions before it stay. It must be sound as a bundle.',
      examples: [
        'bucket put build/quotes.zip s3://code/quotes.zip',
        'bucket put ./quotes s3://code/quotes/2.zip',
      ],
    },
    async (session, _options: object, path: string, url: string) => {
      const { bucket, key } = readObjectUrl(url)
      const object = await uploadZip<ObjectResource>(
        session,
        path,
        session.inProject`/buckets/${bucket}/objects`,
        {
          key,
        },
      )
      session.output.result(object, `put ${url}, ${byteSize(object.sizeBytes)}, version ${object.version}`)
    },
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'get <url> [file]',
      summary: 'write an object to a new file; default: named like the last part of its key',
      examples: [
        'bucket get s3://code/quotes.zip',
        'bucket get s3://code/quotes.zip old.zip --object-version 0193e1a0',
      ],
    },
    async (session, options: VersionOption, url: string, file: string | undefined) => {
      const { bucket, key } = readObjectUrl(url)
      const target = file ?? basename(key)
      const path = session.inProject`/buckets/${bucket}/content`
      await download(session, path, { key, version: options.objectVersion }, target)
      session.output.result({ file: target }, `wrote ${target}`)
    },
  ).option('--object-version <version>', 'default: the newest')
}

function addObjectLists(noun: Command, cli: Cli): void {
  const lists = [
    ['list-objects <bucket>', 'list what is in a bucket now', 'objects', 'bucket list-objects code'],
    [
      'versions <bucket>',
      'list every version of what is or was in a bucket',
      'versions',
      'bucket versions code',
    ],
  ] as const
  for (const [usage, summary, path, example] of lists) {
    addListOptions(
      addCommand(
        noun,
        cli,
        { usage, summary, examples: [example, `${example} --prefix quotes/`] },
        async (session, options: ListOptions & { readonly prefix?: string }, bucket: string) => {
          const page = await session.list<ObjectResource>(
            `${session.inProject`/buckets/${bucket}`}/${path}`,
            { prefix: options.prefix },
            options,
          )
          session.output.page(page, COLUMNS, `Nothing is in bucket ${bucket}.`)
        },
      ).option('--prefix <prefix>', 'only keys that begin like this'),
    )
  }
}

const COLUMNS: readonly Column<ObjectResource>[] = [
  ['KEY', (object) => object.key],
  ['VERSION', (object) => object.version],
  ['IS', (object) => (object.isDeleted ? 'deleted' : object.isLatest ? 'latest' : '')],
  ['SIZE', (object) => (object.isDeleted ? null : byteSize(object.sizeBytes))],
  ['DIGEST', (object) => object.digest?.slice(0, 12) ?? null],
  ['CREATED', (object, output) => output.ago(object.createdAt)],
  ['BY', (object) => object.createdBy],
]

function addObjectDeletion(noun: Command, cli: Cli): void {
  addYesOption(
    addCommand(
      noun,
      cli,
      {
        usage: 'delete-object <url>',
        summary: 'delete an object, or one version of it for good',
        details:
          'Without --object-version its versions stay, and can be named. Bundles that were made of it stay in either case.',
        examples: [
          'bucket delete-object s3://code/quotes.zip',
          'bucket delete-object s3://code/quotes.zip --object-version 0193e1a0-6c1e-7000-8a3b-5f5e0c9d1b2b --yes',
        ],
      },
      async (session, options: VersionOption & DeleteOptions, url: string) => {
        const { bucket, key } = readObjectUrl(url)
        const { objectVersion: version } = options
        const what = version === undefined ? url : `version ${version} of ${url} for good`
        await session.confirm(options, () => `Delete ${what}?`)
        const path = session.inProject`/buckets/${bucket}/objects`
        const object = await session.client.delete<ObjectResource>(path, { key, version })
        session.output.result(object, `${what} is deleted`)
      },
    ).option('--object-version <version>', 'delete this version, for good'),
  )
}

/** @throws UsageError if the file is there already, or cannot be written: then nothing of it is left */
async function download(
  session: Session,
  path: string,
  query: { readonly key: string; readonly version: string | undefined },
  file: string,
): Promise<void> {
  const content = await session.client.stream(path, query, {}, session.signal)
  const target = createWriteStream(file, { flags: 'wx' })
  let isOurs = false
  target.once('open', () => {
    isOurs = true
  })
  try {
    await pipeline(content, target, { signal: session.signal })
  } catch (error) {
    if (isOurs) await rm(file, { force: true })
    session.signal.throwIfAborted()
    throw new UsageError(`${file} cannot be written: ${messageOf(error)}`)
  }
}
