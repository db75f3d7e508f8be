import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { DeploymentResource, DeploymentUpdateResource, InfraResource } from './deployer-resources.ts'
import { EXIT } from './exit-codes.ts'
import { type CliBench, createCliBench } from './test-bench.ts'

let bench: CliBench
let folder: string
before(async () => {
  bench = await createCliBench()
  folder = join(bench.folder, 'quotes')
  await mkdir(folder)
  await publish('1')
  await publish('2')
  await run('profile', 'create', 'pretended', '--type', 'scripted')
})
after(() => bench.close())

async function run(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await bench.run(words)
  assert.equal(code, EXIT.ok, `${words.join(' ')}: ${stdout}${stderr}`)
  return stdout
}

async function refuse(code: number, ...words: string[]): Promise<string> {
  const ran = await bench.run(words)
  assert.equal(ran.code, code, `${words.join(' ')}: ${ran.stdout}${ran.stderr}`)
  return ran.stderr
}

async function writeBundle(version: string): Promise<void> {
  await writeFile(
    join(folder, 'drover.yaml'),
    `name: quotes\nversion: "${version}"\ncommand: [sleep, "1000"]\n`,
  )
}

async function publish(version: string): Promise<void> {
  await writeBundle(version)
  await run('bundle', 'publish', folder)
}

test('stages are set as a whole, and keep their descriptions', async () => {
  assert.match(await run('stage', 'list'), /Development.*Test.*Production/s)
  await run('stage', 'set', 'Test', 'Production', '--describe', 'Test=tried here')
  assert.match(await run('stage', 'set', 'Lab', 'Test', 'Production'), /Lab.*Test +tried here.*Production/s)
})

test('an infra is made, shown, changed and deleted', async () => {
  assert.match(await refuse(EXIT.usage, 'infra', 'create', 'x'), /drover stage list/)
  assert.match(await refuse(EXIT.refused, 'infra', 'create', 'x', '--stage', 'Nowhere'), /--stage/)
  const where = ['--profile', 'pretended', '--size', '2']
  await run('infra', 'create', 'tried', '--stage', 'Test', '--governance', 'warn', ...where)
  await run('infra', 'create', 'east', '--stage', 'Production', ...where)
  await run('infra', 'update', 'tried', '--permit', 'qa=deploy,write', '--permit', 'user:ann=admin')
  const changed = await run('infra', 'show', 'tried')
  assert.match(changed, /Governance +WARN/)
  assert.match(changed, /qa=write,deploy\n +user:ann=admin/)
  await run(
    'infra',
    'update',
    'tried',
    '--permit',
    'role',
    '--governance',
    'no-check',
    '--max-unavailable',
    '2',
  )
  await run('infra', 'update', 'tried', '--min-ready', '0s')
  const { permissions, updateDefaults } = await bench.json<InfraResource>(['infra', 'show', 'tried'])
  assert.deepEqual([permissions, updateDefaults], [null, { maxUnavailable: 2, minReadySeconds: 0 }])
  await run('infra', 'create', 'spare', '--stage', 'Test')
  assert.match(await run('infra', 'list', '--stage', 'Test'), /spare.*tried|tried.*spare/s)
  await run('infra', 'delete', 'spare', '--yes')
  assert.match(await refuse(EXIT.notFound, 'infra', 'show', 'spare'), /drover infra list/)
})

test('a deployment is made, updated, promoted, disabled and deleted', async () => {
  await run('published-project', 'create', 'quotes', '--title', 'Quotes')
  assert.match(await run('published-project', 'bundles', 'quotes'), /2.*\n1 /s)
  assert.match(await refuse(EXIT.usage, 'deployment', 'create', 'q'), /--infra and --bundle/)
  await run('deployment', 'create', 'q', '--infra', 'tried', '--bundle', 'quotes@1')
  assert.match(await refuse(EXIT.notFound, 'deployment', 'watch', 'q'), /never updated/)
  assert.equal((await bench.run(['deployment', 'health', 'q'])).code, EXIT.failed)
  assert.match(await run('deployment', 'update', 'q', '--wait'), /update of q to bundle 1: Successful/)
  assert.match(await run('deployment', 'health', 'q'), /Health +HEALTHY/)
  await run('deployment', 'set', 'q', '--bundle', 'quotes@2')
  assert.match(await run('deployment', 'show', 'q'), /Wanted +bundle 2\nDeployed +bundle 1/)
  const moved = await bench.json<DeploymentUpdateResource>(['deployment', 'update', 'q', '--wait'])
  assert.deepEqual([moved.kind, moved.status, moved.bundle], ['Update', 'Successful', '2'])
  assert.match(await run('deployment', 'update', 'q'), /Successful/)
  assert.match(await run('deployment', 'watch', 'q'), /Successful/)
  assert.match(await run('deployment', 'history', 'q'), /Nothing.*Update +bundle 2.*Create +bundle 1/s)
  assert.match(await refuse(EXIT.refused, 'deployment', 'cancel', 'q'), /no update/)

  assert.match(await run('deployment', 'promote', 'q', '--to', 'east', '--wait'), /q-on-east.*Successful/s)
  assert.match(
    await run('deployment', 'list', '--infra', 'east'),
    /q-on-east +quotes +east +Production +2 +2/,
  )
  assert.match(
    await run('published-project', 'show', 'quotes'),
    /Infras +east \(Production\), tried \(Test\)/,
  )

  assert.match(
    await refuse(EXIT.refused, 'deployment', 'delete', 'q', '--yes'),
    /drover deployment disable q/,
  )
  await run('deployment', 'disable', 'q')
  assert.match(
    await refuse(EXIT.refused, 'deploy', folder, '--to', 'tried'),
    /disabled.*deployment enable q/s,
  )
  assert.match(await run('deployment', 'update', 'q', '--wait'), /to nothing/)
  await run('deployment', 'delete', 'q', '--yes')
  assert.match(await refuse(EXIT.refused, 'published-project', 'delete', 'quotes', '--yes'), /in use/)
})

test('one command deploys a folder; again, it deploys what is new of it', async () => {
  await writeBundle('3')
  assert.match(
    await refuse(EXIT.notFound, 'deploy', folder, '--to', 'prodution'),
    /neither an infra nor a stage/,
  )
  assert.match(await refuse(EXIT.usage, 'deploy', folder), /--to/)
  const first = await bench.run([
    'deploy',
    folder,
    '--project',
    'prices',
    '--to',
    'lab',
    '--tenant',
    'default',
  ])
  assert.equal(first.code, EXIT.ok, first.stderr)
  assert.match(first.stderr, /published project prices is created.*infra lab is created on stage Lab/s)
  assert.match(first.stdout, /published prices@3.*prices-on-lab on lab \(Lab\) is HEALTHY/s)
  const same = ['deploy', folder, '--project', 'prices', '--to', 'lab']
  const again = await bench.json<Deployed>(same)
  assert.deepEqual([again.update.kind, again.deployment.bundle, again.health], ['Nothing', '3', 'HEALTHY'])
  await writeFile(join(folder, 'new.txt'), 'new')
  assert.match(await refuse(EXIT.refused, ...same), /prices@3/)
  const next = await bench.json<Deployed>([...same, '--bundle-version', '4'])
  assert.deepEqual([next.update.kind, next.deployment.bundle, next.health], ['Update', '4', 'HEALTHY'])
  const started = await bench.json<Omit<Deployed, 'health'>>([...same, '--bundle-version', '4', '--no-wait'])
  assert.equal(started.update.kind, 'Nothing')
  await run('deployment', 'disable', 'prices-on-lab')
  await run('deployment', 'update', 'prices-on-lab', '--wait')
  const elsewhere = await refuse(EXIT.notFound, ...same, '--tenant', 'nobody')
  assert.match(elsewhere, /nobody/)
})

test('a folder that says nothing of what is to run is refused before anything is made', async () => {
  const empty = join(bench.folder, 'empty')
  await mkdir(empty)
  await writeFile(join(empty, 'a.txt'), 'a')
  const words = ['deploy', empty, '--project', 'nothing', '--to', 'bare', '--create-on', 'Production']
  const missing = await refuse(EXIT.refused, ...words)
  assert.match(missing, /nothing to run in .*empty: it has no drover\.yaml.*hint: write what is to run/s)
  await writeFile(join(empty, 'drover.yaml'), 'version: "1"\n')
  const silent = await refuse(EXIT.refused, ...words)
  assert.match(silent, /no command and no initializationScript/)
  assert.doesNotMatch(silent, /left from this/)
  for (const [noun, name] of [
    ['published-project', 'nothing'],
    ['infra', 'bare'],
    ['bundle', 'nothing@1'],
  ] as const) {
    await refuse(EXIT.notFound, noun, 'show', name)
  }
  // Where the profile says what runs, the bundle need not.
  await run('infra', 'create', 'bare', '--stage', 'Production', '--profile', 'pretended')
  const { deployment, health } = await bench.json<Deployed>(words.slice(0, 6))
  assert.deepEqual([deployment.name, health], ['nothing-on-bare', 'HEALTHY'])
})

test('what is left of a deployment that could not begin is named, with what clears it away', async () => {
  const broken = join(bench.folder, 'broken')
  await mkdir(broken)
  const writes = (version: string, script: string) =>
    writeFile(
      join(broken, 'drover.yaml'),
      `name: broken\nversion: "${version}"\ninitializationScript: ${script}\n`,
    )
  await writeFile(join(broken, 'main.unheard'), 'who runs this?')
  await writes('1', 'main.unheard')
  const words = ['deploy', broken, '--to', 'bay', '--create-on', 'Production']
  const told = await refuse(EXIT.refused, ...words)
  assert.match(told, /no interpreter is known for "main\.unheard"/)
  assert.match(
    told,
    /left from this: published project broken, bundle broken@1, infra bay, deployment broken-on-bay\. Run the same again/,
  )
  assert.doesNotMatch(await refuse(EXIT.refused, ...words), /left from this/)
  // A bundle that can run is wanted first, and then one that cannot.
  await writeFile(join(broken, 'start.sh'), '#!/bin/sh\nexec sleep 1000\n')
  await writes('2', 'start.sh')
  await run(...words)
  await writes('3', 'main.unheard')
  const moved = await refuse(EXIT.refused, ...words)
  assert.match(moved, /left from this: bundle broken@3, deployment broken-on-bay wants bundle 3 instead of 2/)
  await takeBack(moved)
  assert.match(await run('deployment', 'health', 'broken-on-bay'), /Health +HEALTHY/)
  await refuse(EXIT.notFound, 'bundle', 'show', 'broken@3')
  await takeBack(told)
  for (const [noun, name] of [
    ['deployment', 'broken-on-bay'],
    ['published-project', 'broken'],
    ['infra', 'bay'],
  ] as const) {
    await refuse(EXIT.notFound, noun, 'show', name)
  }
})

test('bundles that were there before are not taken back', async () => {
  const early = join(bench.folder, 'early')
  await mkdir(early)
  const writes = (version: string, more: string) =>
    writeFile(join(early, 'drover.yaml'), `name: early\nversion: "${version}"\n${more}\n`)
  await writes('1', 'command: [sleep, "1000"]')
  await run('bundle', 'publish', early)
  await writeFile(join(early, 'main.unheard'), 'who runs this?')
  await writes('2', 'initializationScript: main.unheard')
  const told = await refuse(EXIT.refused, 'deploy', early, '--to', 'cove', '--create-on', 'Production')
  assert.match(told, /left from this: published project early, infra cove, deployment early-on-cove/)
  assert.doesNotMatch(told, /published-project delete|bundle delete/)
  await takeBack(told)
  await run('bundle', 'show', 'early@1')
})

test('who deploys again while that very update runs waits for it', async () => {
  const slow = join(bench.folder, 'slow')
  await mkdir(slow)
  await writeFile(join(slow, 'drover.yaml'), 'name: slow\nversion: "1"\n')
  await run(
    'profile',
    'create',
    'hangs',
    '--type',
    'scripted',
    '--property',
    'health={"passesAfterMs":"never"}',
  )
  await run('infra', 'create', 'swamp', '--stage', 'Production', '--profile', 'hangs')
  const words = ['deploy', slow, '--to', 'swamp']
  assert.match(await run(...words, '--no-wait'), /is being updated to bundle 1/)
  const again = await refuse(EXIT.timedOut, ...words, '--timeout', '100ms')
  assert.match(again, /its update to bundle 1 runs already/)
  await writeFile(join(slow, 'drover.yaml'), 'name: slow\nversion: "2"\n')
  assert.match(await refuse(EXIT.refused, ...words), /wants bundle 2 instead of 1/)
  await run('deployment', 'cancel', 'slow-on-swamp')
})

/** Runs the commands that the error names, as they stand there. */
async function takeBack(told: string): Promise<void> {
  const [, steps] = /take it back with: (.+)$/m.exec(told) ?? []
  for (const step of (steps as string).split(' && ')) await run(...step.split(' ').slice(1))
}

interface Deployed {
  readonly deployment: DeploymentResource
  readonly update: DeploymentUpdateResource
  readonly health: string
}
