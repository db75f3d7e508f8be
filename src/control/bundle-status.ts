import { ruleOf } from '../domain/governance.ts'
import type { EpochMs } from '../domain/ids.ts'
import type { Project } from '../domain/principal.ts'
import { getGovernanceRules } from '../store/governance.ts'
import { listStandingSignOffs } from '../store/sign-offs.ts'
import type { Tx } from '../store/store.ts'
import { judgeAsStored, judgeSignatures } from './governance.ts'
import type { BundleStatus, StageStatus } from './governance-verbs.ts'
import type { Governed } from './governed-bundle.ts'
import { checkStage, stagesOf } from './stages.ts'

/** What a bundle has and still needs, by a number of queries that does not grow with its stages. */
export async function statusOfBundle(
  tx: Tx,
  project: Project,
  { bundle, publishedProject }: Governed,
  { stage, now }: { readonly stage: string | undefined; readonly now: EpochMs },
): Promise<BundleStatus> {
  const names =
    stage === undefined
      ? (await stagesOf(tx, project.id)).map(({ name }) => name)
      : [await checkStage(tx, project.id, 'stage', stage)]
  const rules = await getGovernanceRules(tx, publishedProject.id)
  const signatures = await judgeSignatures(tx, { publishedProject, bundle })
  const all = await listStandingSignOffs(tx, bundle.id)
  const stages = names.map((name): StageStatus => {
    const rule = ruleOf(rules, name)
    const signOffs = all.filter((signOff) => signOff.stage === name)
    const messages = judgeAsStored({ bundle, stage: name, rule, signOffs, signatures }, now)
    const passes = messages.every(({ severity }) => severity !== 'ERROR')
    return { stage: name, rule, signOffs, messages, passes }
  })
  const { createdBy: publishedBy, createdAt: at, source, digest } = bundle
  return {
    bundle: `${bundle.name}@${bundle.version}`,
    publishedProject: { id: publishedProject.id, key: publishedProject.key },
    provenance: { publishedBy, at, source, digest, signatures },
    stages,
  }
}
