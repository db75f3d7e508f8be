import type { Properties, ValuesOf } from '../../domain/property.ts'

export const properties = {
  event: {
    type: 'String',
    description: 'The action that the policy is about.',
    required: true,
    allowed: ['CLUSTER_SCALE_IN', 'CLUSTER_SCALE_OUT'],
  },
  adjustment: {
    type: 'Map',
    description: 'How the size changes.',
    properties: {
      type: {
        type: 'String',
        description: 'Whether the number is the new size, a number of nodes, or a percentage of the size.',
        default: 'CHANGE_IN_CAPACITY',
        allowed: ['EXACT_CAPACITY', 'CHANGE_IN_CAPACITY', 'CHANGE_IN_PERCENTAGE'],
      },
      number: {
        type: 'Number',
        description: 'The new size, the number of nodes, or the percentage.',
        default: 1,
        moreThan: 0,
      },
      minStep: {
        type: 'Integer',
        description: 'The least number of nodes that a percentage comes to.',
        default: 1,
        min: 0,
      },
      bestEffort: {
        type: 'Boolean',
        description: 'Whether a step that would leave the size bounds is cut to them, instead of refused.',
        default: false,
      },
      cooldown: {
        type: 'Integer',
        description: 'Seconds after one scaling in which the next is refused.',
        default: 0,
        min: 0,
      },
    },
  },
} as const satisfies Properties

export type ScalingSpec = ValuesOf<typeof properties>
