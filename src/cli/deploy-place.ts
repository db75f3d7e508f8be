import { CliError, UsageError } from './cli-error.ts'
import type { InfraResource, StagesResource } from './deployer-resources.ts'
import { EXIT } from './exit-codes.ts'

/** Where a bundle is to be deployed. */
export interface Place {
  /** Name of the infra. */
  readonly infra: string
  readonly stage: string
  /** Whether it is yet to be made. */
  readonly isNew: boolean
}

/** All there is to choose from. */
export interface Places {
  readonly infras: readonly Pick<InfraResource, 'name' | 'stage'>[]
  readonly stages: StagesResource['items']
  /** Names of the infras that the published project is deployed on already. */
  readonly used: readonly string[]
  /** A stage: an infra of an unknown name is made there. */
  readonly createOn: string | undefined
}

/**
 * Chooses what `--to` means. Pure. A name of an infra is that infra. A name of a stage, however it is spelled, is the only
 * infra on it, or the only one that the published project is on already; if there is none yet, one of the stage's name is to
 * be made, as nothing else can be meant. Any other name is a mistake, unless `createOn` says where such an infra is to be.
 * @throws CliError `notFound` for a name that nothing has; UsageError where several can be meant
 */
export function choosePlace(to: string, { infras, stages, used, createOn }: Places): Place {
  const named = infras.find(({ name }) => name === to)
  if (named) return { infra: named.name, stage: named.stage, isNew: false }
  const stage = findStage(stages, to)
  if (stage !== undefined && createOn === undefined) return onStage(stage, infras, used)
  const on = createOn === undefined ? undefined : findStage(stages, createOn)
  if (on !== undefined) return { infra: to, stage: on, isNew: true }
  const known = `infras: ${listed(infras)}; stages: ${listed(stages)}`
  if (createOn !== undefined) {
    throw new CliError(EXIT.notFound, `--create-on: there is no stage "${createOn}"; ${known}`, {
      hint: 'stages are set with: drover stage set',
    })
  }
  throw new CliError(EXIT.notFound, `"${to}" is neither an infra nor a stage; ${known}`, {
    hint: `to make an infra of this name, add --create-on <stage>, or: drover infra create ${to} --stage <stage>`,
  })
}

function onStage(stage: string, infras: Places['infras'], used: readonly string[]): Place {
  const there = infras.filter((infra) => infra.stage === stage)
  if (there.length === 0) return { infra: nameFor(stage), stage, isNew: true }
  const deployedOn = there.filter(({ name }) => used.includes(name))
  const [only, ...others] = there.length === 1 ? there : deployedOn
  if (only && others.length === 0) return { infra: only.name, stage, isNew: false }
  throw new UsageError(
    `several infras are on stage ${stage}: ${listed(only ? deployedOn : there)}`,
    'name one of them with --to',
  )
}

function findStage(stages: Places['stages'], name: string): string | undefined {
  const exact = stages.find((stage) => stage.name === name)
  return (exact ?? stages.find((stage) => stage.name.toLowerCase() === name.toLowerCase()))?.name
}

/** `Pre production` becomes `pre-production`. */
function nameFor(stage: string): string {
  const name = stage
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+|-+$/g, '')
  return name === '' ? 'infra' : name
}

function listed(things: readonly { readonly name: string }[]): string {
  return things.map(({ name }) => name).join(', ') || 'none'
}
