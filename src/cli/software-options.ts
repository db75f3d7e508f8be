import type { Command } from 'commander'
import type { JsonObject } from '../domain/ids.ts'
import type { CommandLineArgument } from '../domain/revision.ts'
import { collectPairs, readObjectFile } from './parse.ts'

/** What nodes run, as options of `cluster create`, `pool create` and `update start`. */
export interface SoftwareOptions {
  readonly profile?: string
  readonly bundle?: string
  readonly script?: string
  readonly arg?: readonly CommandLineArgument[]
  readonly nodeTemplate?: string
  readonly platformVersion?: string
}

/** Adds the options that say what nodes run. */
export function addSoftwareOptions(command: Command): Command {
  return addOptionsBesideBundle(
    command.option('--bundle <name@version>', 'code bundle; without a version the newest'),
  )
}

/** The same without `--bundle`, for where the bundle is known. */
export function addOptionsBesideBundle(command: Command): Command {
  return command
    .option('--profile <name>', 'profile: what a node is')
    .option('--script <path>', 'initialization script, a path inside the bundle')
    .option('--arg <key=value>', 'command-line argument; repeat for several', collectPairs)
    .option('--node-template <file>', 'YAML or JSON file with lifecycle hooks and login')
    .option('--platform-version <version>', 'platform version that nodes are told as DROVER_VERSION')
}

/** The request's fields for those options; what was not given is left out. */
export function softwareInput(options: SoftwareOptions): JsonObject {
  const { profile, bundle, script, arg, nodeTemplate, platformVersion } = options
  const code = {
    ...(bundle === undefined ? {} : { bundle }),
    ...(script === undefined ? {} : { initializationScript: script }),
    ...(arg === undefined ? {} : { commandLineArguments: arg.map(({ key, value }) => ({ key, value })) }),
  }
  return {
    ...(profile === undefined ? {} : { profile }),
    ...(Object.keys(code).length === 0 ? {} : { code }),
    ...(nodeTemplate === undefined ? {} : { nodeTemplate: readObjectFile(nodeTemplate, '--node-template') }),
    ...(platformVersion === undefined ? {} : { version: platformVersion }),
  }
}
