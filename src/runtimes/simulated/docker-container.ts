import { InvalidSpecError } from '../../domain/errors.ts'
import type { Json, JsonObject } from '../../domain/ids.ts'
import type { Resource, ResourceType } from './resource-type.ts'

/** A container on the node of another cluster, as Senlin's clients have it. */
export const dockerContainer: ResourceType = {
  type: 'container.dockerinc.docker',
  versions: ['1.0'],
  noun: 'container',
  properties: {
    context: { type: 'Map', description: 'Client context of the requests for it.' },
    image: { type: 'String', description: 'Image that it is made from.', required: true },
    name: { type: 'String', description: 'Its name; the node’s if absent.', updatable: true },
    command: { type: 'String', description: 'What it runs; what the image says if absent.' },
    host_node: { type: 'String', description: 'Node that it runs on. It or host_cluster is needed.' },
    host_cluster: { type: 'String', description: 'Cluster on one of whose nodes it runs.' },
    port: {
      type: 'Integer',
      description: 'Port of the Docker daemon on that node.',
      default: 2375,
      min: 1,
      max: 65_535,
    },
  },
  operations: {
    restart: {
      description: 'Starts the container again.',
      parameters: {
        wait_time: {
          type: 'Integer',
          description: 'Seconds that it gets to end by itself before it is killed.',
          min: 0,
        },
      },
    },
    pause: { description: 'Freezes what runs in it.', parameters: {} },
    unpause: { description: 'Lets a paused container go on.', parameters: {} },
  },
  serving: 'running',
  example: { image: 'hello-world', host_node: 'docker-host' },
  hints: ['context'],
  moves: {
    restart: { from: ['running', 'paused'], to: 'running' },
    pause: { from: ['running'], to: 'paused' },
    unpause: { from: ['paused'], to: 'running' },
  },
  check(values) {
    const hosts = ['host_node', 'host_cluster'].filter((name) => values[name] !== null)
    if (hosts.length === 1) return
    const rule =
      hosts.length === 0 ? 'is missing: give it, or host_cluster' : 'excludes host_cluster: give one'
    throw new InvalidSpecError('properties.host_node', rule)
  },
  details: ({ id, node, values, condition, startedAt }: Resource): JsonObject => ({
    Id: id.replaceAll('-', '').repeat(2),
    Name: `/${values['name'] ?? node.name}`,
    Created: startedAt,
    Image: values['image'] as Json,
    State: { Status: condition, Running: true, Paused: condition === 'paused', StartedAt: startedAt },
    Config: {
      Image: values['image'] as Json,
      Cmd: values['command'] === null ? null : [values['command'] as string],
    },
  }),
}
