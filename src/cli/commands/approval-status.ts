import type { Command } from 'commander'
import { addCommand, type Cli } from '../command.ts'
import type { BundleStatusResource, StageRuleResource } from '../governance-resources.ts'

/** `drover approval status`: what a bundle has and needs. */
export function addApprovalStatus(noun: Command, cli: Cli): void {
  addCommand(
    noun,
    cli,
    {
      usage: 'status <bundle>',
      summary: 'show what a bundle has, and what it still needs, by stage',
      examples: ['approval status web@2', 'approval status web@2 --stage Production -o json'],
    },
    async (session, { stage }: { readonly stage?: string }, bundle: string) => {
      const path = session.inProject`/bundles/${bundle}/approval`
      const status = await session.client.get<BundleStatusResource>(path, { stage })
      const { publishedBy, at, source, digest, signatures } = status.provenance
      const signed = signatures.map(({ keyId, trustedKey, comment }) => {
        const key = trustedKey === null ? `${keyId}, which is not trusted` : `${trustedKey} (${keyId})`
        return `${key}: ${comment}`
      })
      session.output.fields(status, [
        ['Bundle', status.bundle],
        ['Published', `${session.output.ago(at)} by ${publishedBy}`],
        ['Source', JSON.stringify(source)],
        ['Digest', `sha256 ${digest}`],
        ['Signed', signed.length === 0 ? 'no' : signed.join('\n')],
        ...status.stages.map((one): [string, string] => [one.stage, showStage(one)]),
      ])
    },
  ).option('--stage <stage>', 'only this stage')
}

function showStage({ passes, rule, messages }: BundleStatusResource['stages'][number]): string {
  const lines = messages.map(({ severity, message, details }) =>
    severity === 'ERROR' && details !== '' ? `${message} (${details})` : message,
  )
  const asks = rule === null ? 'asks for nothing' : `asks for ${showRule(rule)}`
  return [`${passes ? 'passes' : 'does not pass'}; ${asks}`, ...lines].join('\n')
}

/** A rule in a few words. */
export function showRule(rule: StageRuleResource): string {
  const reviewers = rule.reviewers.map((party) =>
    'group' in party ? `group:${party.group}` : `user:${party.user}`,
  )
  const approvals = `${rule.requiredSignOffs} approvals`
  return [
    reviewers.length === 0 ? approvals : `${approvals} of ${reviewers.join(', ')}`,
    ...(rule.expiresAfterSeconds === null ? [] : [`for ${rule.expiresAfterSeconds} s`]),
    ...(rule.publisherMayApprove ? ['also of the publisher'] : []),
    ...(rule.requireSignature ? ['a signature'] : []),
  ].join(', ')
}
