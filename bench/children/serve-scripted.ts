import { readFileSync } from 'node:fs'
import type { JsonObject } from '../../src/domain/ids.ts'
import { answerParent } from '../lib/child.ts'
import { openPlane } from './plane.ts'

export type Question =
  | {
      readonly kind: 'open'
      readonly folder: string
      readonly nodes: number
      readonly properties: JsonObject
    }
  | { readonly kind: 'lastBegun'; readonly revision: number }

export interface Opened {
  readonly url: string
  readonly key: string
}

/** By revision number: when the runtime was last asked to bring a node to it. */
const lastBegun = new Map<number, number>()

answerParent(async (question: Question): Promise<Opened | { readonly at: number | null }> => {
  if (question.kind === 'lastBegun') return { at: lastBegun.get(question.revision) ?? null }
  const plane = await openPlane({ folder: question.folder }, (runtime) => ({
    ...runtime,
    prepare(ctx, node, wanted) {
      lastBegun.set(wanted.revisionNumber, nowMs())
      return runtime.prepare(ctx, node, wanted)
    },
  }))
  await plane.createNodes('web', question.nodes, question.properties)
  const { url, keyFile } = await plane.serve()
  return { url, key: readFileSync(keyFile, 'utf8').trim() }
})

/** Of a clock that all processes of a machine share. */
function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
