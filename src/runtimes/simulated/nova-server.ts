import { createHash } from 'node:crypto'
import type { Json, JsonObject } from '../../domain/ids.ts'
import type { Operations } from '../../domain/operation.ts'
import type { Properties, Property } from '../../domain/property.ts'
import type { Resource, ResourceType } from './resource-type.ts'

const text = (
  description: string,
  options: { updatable?: boolean; required?: boolean; secret?: boolean } = {},
) => ({ type: 'String', description, ...options }) as const

const texts = (description: string, item: string) =>
  ({ type: 'List', description, items: { type: 'String', description: item } }) as const

const network: Property = {
  type: 'Map',
  description: 'One network to be attached to.',
  properties: {
    network: text('Name or id of the network.'),
    port: text('Id of an existing port.'),
    vnic_type: text('Kind of the virtual network card.'),
    fixed_ip: text('Address in the network; one is chosen if absent.'),
    security_groups: texts('Security groups of the port.', 'Name or id of a security group.'),
    floating_network: text('Network to take a floating address from.'),
    floating_ip: text('Floating address to bind.'),
    subnet: text('Subnet to take the address from.'),
  },
}

const volume: Property = {
  type: 'Map',
  description: 'One block device.',
  properties: {
    uuid: text('Id of the image, snapshot or volume it is made from.'),
    source_type: text('What it is made from: image, snapshot, volume or blank.', { required: true }),
    destination_type: text('Where it lives: local or volume.', { required: true }),
    disk_bus: text('Bus that the hypervisor attaches it to.'),
    device_name: text('Name of the device in the server: vda.'),
    volume_size: { type: 'Integer', description: 'Size in GB.', required: true },
    guest_format: text('Format of an ephemeral disk: swap, ext4.'),
    boot_index: { type: 'Integer', description: 'Order in which it is tried for booting.' },
    device_type: text('Kind of device: disk, cdrom.'),
    delete_on_termination: { type: 'Boolean', description: 'Whether it goes with the server.' },
    volume_type: text('Type of the volume.'),
  },
}

const properties: Properties = {
  context: { type: 'Map', description: 'Client context of the requests for it.' },
  admin_pass: text('Password of the administrator in the server.', { secret: true }),
  auto_disk_config: {
    type: 'Boolean',
    description: 'Whether its disk is partitioned by the platform.',
    default: true,
  },
  availability_zone: text('Zone to be placed in.'),
  block_device_mapping_v2: { type: 'List', description: 'Block devices of the server.', items: volume },
  config_drive: { type: 'Boolean', description: 'Whether it gets a drive with its configuration.' },
  flavor: text('Name or id of the flavor.', { required: true, updatable: true }),
  image: text('Name or id of the image.', { updatable: true }),
  key_name: text('Name of the key pair that may log in.'),
  metadata: { type: 'Map', description: 'Keys and values that the server can read.', updatable: true },
  name: text('Name of the server; the node’s if absent.', { updatable: true }),
  networks: {
    type: 'List',
    description: 'Networks to be attached to.',
    updatable: true,
    items: network,
  },
  personality: {
    type: 'List',
    description: 'Files to be put into it.',
    items: {
      type: 'Map',
      description: 'One file.',
      properties: {
        path: text('Where the file goes.', { required: true }),
        contents: text('What is in it.', { required: true }),
      },
    },
  },
  scheduler_hints: { type: 'Map', description: 'Wishes about where it is placed.' },
  security_groups: texts('Security groups of the server.', 'Name or id of a security group.'),
  user_data: text('What the server runs or reads at its first boot.'),
}

const operations: Operations = {
  reboot: {
    description: 'Boots the server again.',
    parameters: {
      type: {
        type: 'String',
        description: 'SOFT asks the system, HARD cuts the power.',
        default: 'SOFT',
        allowed: ['SOFT', 'HARD'],
      },
    },
  },
  rebuild: { description: 'Makes the server anew from its image, under the same id.', parameters: {} },
  change_password: {
    description: 'Changes the password of the administrator.',
    parameters: { admin_pass: text('The new password.', { secret: true }) },
  },
  pause: { description: 'Stops the clock of the server, which stays in memory.', parameters: {} },
  unpause: { description: 'Lets a paused server go on.', parameters: {} },
  suspend: { description: 'Puts the server to sleep on disk.', parameters: {} },
  resume: { description: 'Wakes a suspended server.', parameters: {} },
  lock: { description: 'Lets nobody but an administrator change the server.', parameters: {} },
  unlock: { description: 'Lets its users change a locked server again.', parameters: {} },
  start: { description: 'Starts a stopped server.', parameters: {} },
  stop: { description: 'Stops the server.', parameters: {} },
  rescue: {
    description: 'Boots the server from another image, to mend it.',
    parameters: { image_ref: text('Name or id of that image.') },
  },
  unrescue: { description: 'Boots a rescued server from its own image again.', parameters: {} },
  evacuate: {
    description: 'Moves the server away from a host that failed.',
    parameters: {
      host: text('Host to go to; the scheduler chooses if absent.'),
      force: { type: 'Boolean', description: 'Whether the scheduler is not asked about that host.' },
    },
  },
}

/** A virtual machine, as OpenStack Compute has it. */
export const novaServer: ResourceType = {
  type: 'os.nova.server',
  versions: ['1.0'],
  noun: 'server',
  properties,
  operations,
  serving: 'ACTIVE',
  example: { flavor: 'm1.small', image: 'cirros', networks: [{ network: 'private' }] },
  hints: ['metadata', 'scheduler_hints', 'context'],
  script: ({ metadata }) => slowness((metadata as JsonObject | null)?.['simulated_wait_time']),
  moves: {
    reboot: { from: ['ACTIVE', 'SHUTOFF', 'PAUSED', 'SUSPENDED'], to: 'ACTIVE' },
    rebuild: { from: ['ACTIVE', 'SHUTOFF'], to: 'ACTIVE' },
    change_password: { from: ['ACTIVE'] },
    pause: { from: ['ACTIVE'], to: 'PAUSED' },
    unpause: { from: ['PAUSED'], to: 'ACTIVE' },
    suspend: { from: ['ACTIVE'], to: 'SUSPENDED' },
    resume: { from: ['SUSPENDED'], to: 'ACTIVE' },
    lock: { notes: () => ({ locked: true }) },
    unlock: { notes: () => ({ locked: false }) },
    start: { from: ['SHUTOFF'], to: 'ACTIVE' },
    stop: { from: ['ACTIVE'], to: 'SHUTOFF' },
    rescue: { from: ['ACTIVE', 'SHUTOFF'], to: 'RESCUE' },
    unrescue: { from: ['RESCUE'], to: 'ACTIVE' },
    evacuate: { to: 'ACTIVE', notes: ({ host }) => ({ host: host ?? null }) },
  },
  details,
  snapshot: ({ id }) => ({ image: `snapshot-of-${id}` }),
}

const LONGEST_START_SECONDS = 86_400

/** Acceptance tests of OpenStack make a server slow to come with a whole number of seconds; anything else is just metadata. */
function slowness(seconds: Json | undefined): JsonObject {
  if (!Number.isInteger(seconds) || Number(seconds) <= 0) return {}
  return { latency: { startMs: Math.min(Number(seconds), LONGEST_START_SECONDS) * 1000 } }
}

/** Compute's number for whether the machine is on. */
const POWER_STATE: Readonly<Record<string, number>> = {
  ACTIVE: 1,
  RESCUE: 1,
  PAUSED: 3,
  SHUTOFF: 4,
  SUSPENDED: 4,
}
const VM_STATE: Readonly<Record<string, string>> = { SHUTOFF: 'stopped', RESCUE: 'rescued' }

function details({ id, node, values, condition, notes, startedAt }: Resource): JsonObject {
  const host = notes['host'] ?? `simulated-host-${1 + (digest(node.id)[0]! % 8)}`
  return {
    id,
    name: values['name'] ?? node.name,
    status: condition,
    flavor: values['flavor'] as Json,
    image: values['image'] as Json,
    addresses: addressesOf(node.id, values['networks'] as readonly JsonObject[] | null),
    accessIPv4: '',
    accessIPv6: '',
    attached_volumes: [],
    config_drive: values['config_drive'] === true ? 'True' : '',
    created: startedAt,
    updated: startedAt,
    hostId: digest(String(host)).toString('hex').slice(0, 56),
    key_name: values['key_name'] as Json,
    locked: notes['locked'] === true,
    metadata: values['metadata'] ?? {},
    progress: 0,
    security_groups: values['security_groups'] ?? ['default'],
    'OS-DCF:diskConfig': values['auto_disk_config'] === false ? 'MANUAL' : 'AUTO',
    'OS-EXT-AZ:availability_zone': values['availability_zone'] ?? 'nova',
    'OS-EXT-SRV-ATTR:host': host,
    'OS-EXT-STS:power_state': POWER_STATE[condition] ?? 0,
    'OS-EXT-STS:task_state': null,
    'OS-EXT-STS:vm_state': VM_STATE[condition] ?? condition.toLowerCase(),
    'OS-SRV-USG:launched_at': startedAt,
    'OS-SRV-USG:terminated_at': null,
  }
}

/** The same node always has the same addresses. */
function addressesOf(nodeId: string, networks: readonly JsonObject[] | null): JsonObject {
  const wanted = networks ?? [{ network: 'private' }]
  return Object.fromEntries(
    wanted.map((network, at) => {
      const [a = 0, b = 0, c = 0, d = 0] = digest(`${nodeId}/${at}`)
      const fixed = {
        version: 4,
        addr: network['fixed_ip'] ?? `10.${a}.${b}.${1 + (c % 254)}`,
        'OS-EXT-IPS:type': 'fixed',
        'OS-EXT-IPS-MAC:mac_addr': ['fa', '16', '3e', ...[b, c, d].map(hexByte)].join(':'),
      }
      const floating = network['floating_ip']
      const others =
        floating === undefined || floating === null
          ? []
          : [{ ...fixed, addr: floating, 'OS-EXT-IPS:type': 'floating' }]
      return [String(network['network'] ?? network['port'] ?? `network-${at + 1}`), [fixed, ...others]]
    }),
  )
}

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
