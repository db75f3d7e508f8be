import { InvalidSpecError } from '../../domain/errors.ts'
import type { Json, JsonObject } from '../../domain/ids.ts'
import type { Resource, ResourceType } from './resource-type.ts'

const map = (description: string) => ({ type: 'Map', description, default: {}, updatable: true }) as const

/** A stack of resources made after a template, as OpenStack Orchestration has it. */
export const heatStack: ResourceType = {
  type: 'os.heat.stack',
  versions: ['1.0'],
  noun: 'stack',
  properties: {
    context: { type: 'Map', description: 'Client context of the requests for it.', default: {} },
    template: map('The template. It or template_url is needed.'),
    template_url: { type: 'String', description: 'Where the template is.', default: '', updatable: true },
    parameters: map('Values for the template’s parameters.'),
    files: map('Contents of the files that the template refers to, by name.'),
    timeout: { type: 'Integer', description: 'Minutes that making it may take.', min: 0, updatable: true },
    disable_rollback: {
      type: 'Boolean',
      description: 'Whether what was made stays if the rest cannot be made.',
      default: true,
      updatable: true,
    },
    environment: map('The environment that the template is read in.'),
  },
  operations: {
    abandon: { description: 'Forgets the stack, and leaves its resources as they are.', parameters: {} },
  },
  serving: 'CREATE_COMPLETE',
  example: { template: { heat_template_version: '2018-08-31', resources: {} } },
  hints: ['context', 'parameters', 'environment'],
  moves: { abandon: { to: 'ABANDONED' } },
  check(values) {
    if (values['template_url'] !== '' || Object.keys(values['template'] as JsonObject).length > 0) return
    throw new InvalidSpecError('properties.template', 'is missing: give it, or template_url')
  },
  details: ({ id, node, values, condition, startedAt }: Resource): JsonObject => ({
    id,
    stack_name: node.name,
    stack_status: condition,
    stack_status_reason: `Stack ${condition.split('_')[0]} completed successfully`,
    creation_time: startedAt,
    updated_time: null,
    disable_rollback: values['disable_rollback'] as Json,
    parameters: values['parameters'] as Json,
    timeout_mins: values['timeout'] as Json,
    outputs: [],
  }),
}
