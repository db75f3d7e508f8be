import { type Static, Type } from 'typebox'
import type { Event } from '../../domain/event.ts'
import { FreeObject, NullableString, oneOf, record, Time, toTime } from '../schema.ts'
import type { SseMessage } from '../sse.ts'

export const EventLevelWord = oneOf(['info', 'warning', 'error'])

export const EventResource = record(
  {
    sequence: Type.Integer({ description: 'Grows from event to event; where to go on in a stream.' }),
    id: Type.String(),
    at: Time,
    level: EventLevelWord,
    type: Type.String({ description: '`noun.verb` in the past tense.' }),
    projectId: NullableString,
    clusterId: NullableString,
    nodeId: NullableString,
    updateId: NullableString,
    actionId: NullableString,
    principal: Type.String({ description: 'Who asked: a principal, or `engine`.' }),
    because: Type.String({ description: 'What happened and why, in a sentence.' }),
    data: FreeObject,
  },
  {
    $id: 'Event',
    description: 'A record of something that happened. It never changes.',
    examples: [
      {
        sequence: 4711,
        id: '0193e1a0-6c1e-7000-8a3b-5f5e0c9d1b2a',
        at: '2026-11-21T10:00:00.000Z',
        level: 'info',
        type: 'update.started',
        projectId: '0193e1a0-6c1e-7001-9a3b-5f5e0c9d1b2a',
        clusterId: '0193e1a0-6c1e-7002-9a3b-5f5e0c9d1b2a',
        nodeId: null,
        updateId: '0193e1a0-6c1e-7003-9a3b-5f5e0c9d1b2a',
        actionId: '0193e1a0-6c1e-7004-9a3b-5f5e0c9d1b2a',
        principal: 'admin',
        because: 'update from revision 3 to revision 4',
        data: { type: 'Update' },
      },
    ],
  },
)

export function presentEvent(event: Event): Static<typeof EventResource> {
  return {
    sequence: event.sequence,
    id: event.id,
    at: toTime(event.at),
    level: event.level,
    type: event.type,
    projectId: event.projectId,
    clusterId: event.clusterId,
    nodeId: event.nodeId,
    updateId: event.updateId,
    actionId: event.actionId,
    principal: event.principal,
    because: event.because,
    data: event.data,
  }
}

/** An event as a message of a stream; its sequence is where a client goes on. */
export function toMessage(event: Event, name: string): SseMessage {
  return { id: String(event.sequence), event: name, data: presentEvent(event) }
}
