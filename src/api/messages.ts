import { type Static, Type } from 'typebox'
import type { Message, Severity } from '../domain/message.ts'

const SEVERITIES: readonly Severity[] = ['SUCCESS', 'INFO', 'WARNING', 'ERROR']

/** Something that people are told about a deployment or a bundle. Errors have them too, so nothing of ours is imported here. */
export const MessageResource = Type.Object(
  {
    severity: Type.Unsafe<Severity>({ type: 'string', enum: SEVERITIES }),
    isFatal: Type.Boolean({ description: 'What was asked for cannot go on.' }),
    code: Type.String({ description: 'Stable; what programs should look at.' }),
    title: Type.String({ description: 'A few words.' }),
    message: Type.String({ description: 'A sentence that names things and values.' }),
    details: Type.String({ description: 'What to do about it, or what is behind it; may be empty.' }),
  },
  { additionalProperties: false },
)

/** As it goes over the wire. */
export function presentMessage(said: Message): Static<typeof MessageResource> {
  const { severity, isFatal, code, title, message, details } = said
  return { severity, isFatal, code, title, message, details }
}
