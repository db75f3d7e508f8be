import type { Command } from 'commander'
import { addCommand, addListOptions, addNoun, addYesOption, type Cli } from '../command.ts'
import type { BundleSignatureResource } from '../governance-resources.ts'
import { type PublishOptions, publishAnything } from '../publish.ts'
import type { BundleResource } from '../resources.ts'
import type { ListOptions, Session } from '../session.ts'
import { byteSize } from '../time.ts'
import { readText } from './governance.ts'

/** `drover bundle`: publish, add-signature, list, show, delete. */
export function addBundleCommands(program: Command, cli: Cli): void {
  const noun = addNoun(program, 'bundle', 'code that nodes run: immutable zips, by name and version')

  addCommand(
    noun,
    cli,
    {
      usage: 'publish <path>',
      summary: 'publish a folder, a zip file or an object of a bucket as a bundle',
      details:
        'A folder is packed on its way; the same files always give the same digest. What its .droverignore names is ' +
        'left out, as is .git. Publishing the same bytes again under the same name and version changes nothing. An object ' +
        'is taken from a bucket of Drover\'s own (see "drover bucket") or, if there is none of that name, fetched from where ' +
        "the server's settings s3.endpoint and s3.region say; the same version of the same object is not fetched twice.",
      examples: [
        'bundle publish ./web',
        'bundle publish ./web --bundle-version 2',
        'bundle publish web-2.zip --name web --bundle-version 2 --signature web-2.zip.minisig',
        'bundle publish s3://code/web.zip --object-version 3HL4kqtJlcpXroDTDmJ',
        'bundle publish build/web.zip --name web --bundle-version 2026.11.21 --description "faster start"',
      ],
    },
    async (session, options: PublishOptions & { readonly signature?: string }, path: string) => {
      const signature = options.signature === undefined ? undefined : readText(options.signature)
      const bundle = await publishAnything(session, path, options)
      if (signature !== undefined) await addSignature(session, bundle.id, signature)
      session.output.result(
        bundle,
        `published ${bundle.name}@${bundle.version}: ${bundle.entryCount} entries, ${byteSize(bundle.sizeBytes)}, sha256 ${bundle.digest.slice(0, 12)}`,
      )
    },
  )
    .option('--name <name>', "default: the manifest's, else the folder's or file's name")
    .option('--bundle-version <version>', "default: the manifest's, else 12 characters of the digest")
    .option('--object-version <version>', 'of an object; default: the newest')
    .option('--description <text>', 'a word for people')
    .option('--signature <file>', 'a .minisig file over the zip, to be kept with it')

  addCommand(
    noun,
    cli,
    {
      usage: 'add-signature <bundle> <file>',
      summary: 'keep a signature with a bundle: the .minisig file that "minisign -S" writes',
      examples: ['bundle add-signature web@2 web-2.zip.minisig'],
    },
    async (session, _options: object, ref: string, file: string) => {
      const added = await addSignature(session, ref, readText(file))
      session.output.result(added, `bundle ${ref} has a signature of key ${added.keyId}`)
    },
  )

  addListOptions(
    addCommand(
      noun,
      cli,
      {
        usage: 'list',
        summary: 'list bundles, newest first',
        examples: ['bundle list', 'bundle list --name web', 'bundle list --all -o json'],
      },
      async (session, options: ListOptions & { readonly name?: string }) => {
        const page = await session.list<BundleResource>(
          session.inProject`/bundles`,
          { name: options.name },
          options,
        )
        session.output.page(
          page,
          [
            ['BUNDLE', (bundle) => `${bundle.name}@${bundle.version}`],
            ['SIZE', (bundle) => byteSize(bundle.sizeBytes)],
            ['DIGEST', (bundle) => bundle.digest.slice(0, 12)],
            ['PUBLISHED', (bundle, output) => output.ago(bundle.createdAt)],
            ['BY', (bundle) => bundle.createdBy],
            ['DESCRIPTION', (bundle) => bundle.description],
          ],
          'No bundles yet. Publish one with: drover bundle publish <folder>',
        )
      },
    ).option('--name <name>', 'only versions of this bundle'),
  )

  addCommand(
    noun,
    cli,
    {
      usage: 'show <bundle>',
      summary: 'show a bundle: name@version, a name for its newest version, or an id',
      examples: ['bundle show web@2', 'bundle show web -o yaml'],
    },
    async (session, _options: object, ref: string) => {
      const bundle = await session.client.get<BundleResource>(session.inProject`/bundles/${ref}`)
      session.output.fields(bundle, [
        ['Bundle', `${bundle.name}@${bundle.version}`],
        ['Id', bundle.id],
        ['Digest', `sha256 ${bundle.digest}`],
        [
          'Size',
          `${byteSize(bundle.sizeBytes)} (${byteSize(bundle.unpackedBytes)} unpacked, ${bundle.entryCount} entries)`,
        ],
        ['Description', bundle.description],
        ['Published', `${session.output.ago(bundle.createdAt)} by ${bundle.createdBy}`],
        ['Manifest', bundle.manifest === null ? 'none' : JSON.stringify(bundle.manifest, null, 2)],
      ])
    },
  )

  addYesOption(
    addCommand(
      noun,
      cli,
      {
        usage: 'delete <bundle>',
        summary: 'delete a bundle that no revision needs any more',
        examples: ['bundle delete web@1', 'bundle delete web@1 --yes'],
      },
      async (session, options: { readonly yes?: boolean }, ref: string) => {
        await session.confirm(options, () => `Delete bundle ${ref}?`)
        const bundle = await session.client.delete<BundleResource | undefined>(
          session.inProject`/bundles/${ref}`,
        )
        session.output.result(bundle ?? null, `bundle ${ref} is deleted`)
      },
    ),
  )
}

async function addSignature(
  session: Session,
  bundle: string,
  signature: string,
): Promise<BundleSignatureResource> {
  return await session.client.post(session.inProject`/bundles/${bundle}/signatures`, { signature })
}
