import { type Static, Type } from 'typebox'
import type { RevisionComparison } from '../../control/views.ts'
import type { Json } from '../../domain/ids.ts'
import { oneOf, record } from '../schema.ts'

const Anything = Type.Unsafe<Json>({ description: 'Null: it says nothing there.' })

const File = Type.Unsafe<{ sizeBytes: number; sha256: string } | null>({
  type: ['object', 'null'],
  properties: { sizeBytes: { type: 'integer' }, sha256: { type: 'string' } },
})

export const RevisionComparisonResource = record(
  {
    from: Type.Integer(),
    to: Type.Integer(),
    differences: Type.Array(
      record({
        path: Type.String({ description: 'As `settings.environment.MODE`.' }),
        from: Anything,
        to: Anything,
      }),
      { description: 'What they say differently, by path. Secrets are hidden; that they differ is not.' },
    ),
    files: Type.Array(
      record({
        path: Type.String(),
        change: oneOf(['added', 'removed', 'changed'], 'From the one to the other.'),
        from: File,
        to: File,
      }),
      { description: 'Files of their bundles that differ by their digests, by path.' },
    ),
  },
  {
    $id: 'RevisionComparison',
    description: 'How two revisions of a pool differ.',
    examples: [
      {
        from: 3,
        to: 4,
        differences: [{ path: 'code.bundle', from: 'web@1', to: 'web@2' }],
        files: [
          {
            path: 'server.js',
            change: 'changed',
            from: { sizeBytes: 812, sha256: '5f1c…' },
            to: { sizeBytes: 840, sha256: '9a07…' },
          },
        ],
      },
    ],
  },
)

export function presentComparison(comparison: RevisionComparison): Static<typeof RevisionComparisonResource> {
  return {
    from: comparison.from.number,
    to: comparison.to.number,
    differences: comparison.differences.map(({ path, from, to }) => ({ path: path.join('.'), from, to })),
    files: comparison.files.map((file) => ({ ...file })),
  }
}
