import { edit, type Mutation } from './mutation.ts'

/** What is broken of that which only shows in the course of time: leases, retention, versions, calls that come late. */
export const LASTING_MUTATIONS: readonly Mutation[] = [
  {
    name: 'an engine that stood still lets go of everything',
    breaks: ['it ends'],
    edits: [
      edit(
        'src/engine/engine.ts',
        'const cancelDrop = this.#trust',
        'if (!this.#trust.isFresh) await this.#dropRunners()\n    const cancelDrop = this.#trust',
      ),
      edit(
        'src/engine/engine.ts',
        'this.#trust.isDue ? this.#renew(tx) : undefined',
        'tx ? undefined : undefined',
      ),
    ],
    firstSeed: 10,
  },
  {
    name: 'retention deletes the revision that an update goes to',
    breaks: ['kept', 'no surprises'],
    edits: [
      edit(
        'src/store/revisions.ts',
        ".where('updates.ended_at', 'is', null),",
        ".where('updates.ended_at', '<', 0),",
      ),
    ],
    firstSeed: 77,
  },
  {
    name: 'retention deletes actions that have only just ended',
    breaks: ['kept'],
    edits: [
      edit('src/engine/retention.ts', 'pruneActions(tx, now - retention.actionsMs', 'pruneActions(tx, now'),
    ],
  },
  {
    name: 'what follows a call that was given up is not told apart from it',
    breaks: ['one runner'],
    edits: [
      edit('src/engine/decide.ts', 'for (const id of facts.givenUp ?? []) raiseFence(state, id)\n', ''),
    ],
    firstSeed: 334,
  },
  {
    name: 'an action that never begins leaves its update behind',
    breaks: ['it ends', 'audit'],
    edits: [
      edit(
        'src/engine/admit-actions.ts',
        'else if (inFlight?.update.actionId === action.id)',
        'else if (inFlight?.update.actionId === action.clusterId)',
      ),
    ],
    firstSeed: 490,
  },
]
