import type { Control } from '../src/control/control.ts'
import type { CreateDeploymentInput, CreateInfraInput } from '../src/control/deployer-inputs.ts'
import { FIRST_CALLER, type Making } from './prepare.ts'
import type { SimProfile } from './profiles.ts'
import type { Random } from './random.ts'
import type { Asker, Request } from './requests.ts'

/** All bundles of the simulator are its. */
const PUBLISHED_PROJECT = 'app'

/** What is deployed, each on an infra of its own stage. */
const DEPLOYMENTS: readonly CreateDeploymentInput[] = [
  { name: 'site', infra: 'near', publishedProject: PUBLISHED_PROJECT, bundle: '1' },
  { name: 'blog', infra: 'far', publishedProject: PUBLISHED_PROJECT, bundle: '2' },
]

/** What makes them, one after the other. */
export function prepareDeployments(random: Random, profiles: readonly SimProfile[]): readonly Making[] {
  const infras: readonly CreateInfraInput[] = [
    { name: 'near', stage: 'Test', profile: profiles[0]!.name, size: random.int(1, 4) },
    { name: 'far', stage: 'Production', profile: random.pick(profiles).name, size: random.int(0, 3) },
  ]
  const caller = FIRST_CALLER
  return [
    (control) => control.publishedProjects.create(caller, { key: PUBLISHED_PROJECT }),
    ...infras.map((infra) => (control: Control) => control.infras.create(caller, infra)),
    ...DEPLOYMENTS.map((one) => (control: Control) => control.deployments.create(caller, one)),
  ]
}

const WEIGHTS = { deploy: 10, save: 6, enable: 4, disable: 3, cancel: 4, profile: 2, promote: 2 }

/** Draws what somebody asks next of deployments. */
export function drawDeploymentRequest({ random, profiles }: Pick<Asker, 'random' | 'profiles'>): Request {
  const kind = random.weighted(WEIGHTS)
  const { name } = random.pick(DEPLOYMENTS)
  const bundle = random.pick(['1', '2', '3'])
  const force = random.chance(0.5)
  const infra = random.pick(['near', 'far'])
  const { name: profile } = random.pick(profiles)
  const mode = random.pick(['roll-back', 'stop-here'] as const)
  const made: Readonly<Record<keyof typeof WEIGHTS, Request>> = {
    deploy: {
      text: `deployments.startUpdate ${name}`,
      send: (control, caller) => control.deployments.startUpdate(caller, name),
    },
    save: {
      text: `deployments.save ${name} ${bundle}`,
      send: (control, caller) => control.deployments.save(caller, name, { bundle }),
    },
    enable: {
      text: `deployments.enable ${name}`,
      send: (control, caller) => control.deployments.enable(caller, name),
    },
    disable: {
      text: `deployments.disable ${name}`,
      send: (control, caller) => control.deployments.disable(caller, name),
    },
    cancel: {
      text: `deployments.cancel ${name} ${mode}`,
      send: async (control, caller) => {
        const { id } = await control.deployments.cancel(caller, name, { mode })
        return { id }
      },
    },
    profile: {
      text: `infras.update ${infra} ${profile}`,
      send: (control, caller) => control.infras.update(caller, infra, { profile }),
    },
    promote: {
      text: `deployments.promote site${force ? ' by force' : ''}`,
      send: (control, caller) => control.deployments.promote(caller, 'site', { infra: 'far', force }),
    },
  }
  return made[kind]
}
