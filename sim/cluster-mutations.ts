import { edit, type Mutation } from './mutation.ts'

/** Of what clusters have beside updates: policies, drift, deployments. */
export const CLUSTER_MUTATIONS: readonly Mutation[] = [
  {
    name: 'a cluster may have two policies of a type',
    breaks: ['one at a time'],
    edits: [
      edit('src/engine/policy-actions.ts', 'if (same && !type.isRepeatable) {', 'if (same && !type) {'),
    ],
  },
  {
    name: 'a policy is said to be switched, and is not',
    breaks: ['audit'],
    edits: [
      edit(
        'src/engine/policy-actions.ts',
        'binding: { ...binding, enabled, updatedAt: state.now }',
        'binding: { ...binding, updatedAt: state.now }',
      ),
    ],
  },
  {
    name: 'a repair starts nodes anew that are what their revision says',
    breaks: ['in sync'],
    edits: [
      edit(
        'src/engine/update-in-flight.ts',
        "return drift !== null && this.update.direction === 'forward'",
        "return (drift !== null || this.update.type === 'Repair') && this.update.direction === 'forward'",
      ),
    ],
  },
  {
    name: 'drift is repaired where nobody wants that',
    breaks: ['in sync'],
    edits: [
      edit(
        'src/engine/drift-repair.ts',
        "if (driftRepair !== 'automatic' || state.cluster.status === 'Deleting') return",
        "if (state.cluster.status === 'Deleting') return",
      ),
    ],
  },
  {
    name: 'drift stays although it is to be repaired',
    breaks: ['rows agree'],
    edits: [
      edit(
        'src/engine/drift-repair.ts',
        "if (driftRepair !== 'automatic' || state.cluster.status === 'Deleting') return",
        'if (due.length >= 0) return',
      ),
    ],
    firstSeed: 130,
  },
  {
    name: 'a deployment notes the revision that its update came from',
    breaks: ['rows agree'],
    edits: [
      edit(
        'src/control/update-deployment.ts',
        'const revisionId = revision.id',
        'const revisionId = update.fromRevisionId',
      ),
    ],
  },
]
