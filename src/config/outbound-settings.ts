import { isNetwork } from '../system/network.ts'
import { structure } from './setting.ts'

const NAME = /^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i

/** What addresses that policies name may be. */
export const OUTBOUND_SETTINGS = {
  allow: structure<readonly string[]>({
    placeholder: 'a,b',
    kind:
      'a list, separated by commas: `any`, host names (also `*.example`), addresses, networks like 10.0.0.0/8, and paths of ' +
      'UNIX sockets, or of their folders with a `/` at the end',
    sentence:
      'What the server connects to because a policy names it: addresses that are polled, webhooks, load balancers. `any` ' +
      'leaves out link-local addresses and others on which clouds tell machines their credentials: those have to be ' +
      'named themselves. A name is judged by what it stands for at that moment.',
    default: ['any'],
    read: readRules,
  }),
}

function readRules(raw: unknown): readonly string[] | undefined {
  const rules = typeof raw === 'string' ? raw.split(',').map((rule) => rule.trim()) : raw
  if (!Array.isArray(rules)) return undefined
  return rules.every((rule) => typeof rule === 'string' && isRule(rule)) ? rules : undefined
}

function isRule(rule: string): boolean {
  if (rule.startsWith('/') || isNetwork(rule)) return true
  // What has only digits and dots, or a slash, was meant to be a network.
  return NAME.test(rule) && !/^[\d.]+$/.test(rule)
}
