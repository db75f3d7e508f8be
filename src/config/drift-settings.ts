import { integer } from './setting.ts'

/** How nodes are compared with their revisions. */
export const DRIFT_SETTINGS = {
  checkSeconds: integer({
    min: 0,
    max: 86_400,
    unit: 'seconds',
    sentence:
      'In about so long each node is looked at closely, one after the other: whether its files, its command and its ' +
      'processes are what its revision says. 0: never.',
    default: 300,
  }),
} as const
