import type { Commit } from '../ledger.ts'
import type { Check, Scene } from './check.ts'

/** What a sentence for people must not look like. */
const BROKEN = /\bundefined\b|\bNaN\b|\[object /

/** Audit: every accepted change has its event, in a sequence without gaps. Explained: nothing is without a reason. */
export function createAuditCheck(scene: Scene): Check {
  return {
    onCommit(commit) {
      checkSequence(scene, commit)
      checkEvents(scene, commit)
      checkReasons(scene, commit)
    },
  }
}

function checkSequence({ ledger, fail }: Scene, { changes }: Commit): void {
  for (const event of changes.events) {
    if (event.sequence !== ledger.lastSequence + 1) {
      fail('audit', `event ${event.sequence} (${event.type}) follows event ${ledger.lastSequence}`)
    }
    ledger.lastSequence = event.sequence
  }
}

function checkEvents({ fail }: Scene, { writer, changes, was, ended }: Commit): void {
  for (const [id, action] of changes.actions) {
    if (!action || was.actions.get(id) || writer.part !== 'control') continue
    const event = changes.events.find((one) => one.actionId === id)
    if (!event) fail('audit', `${action.name} was accepted without an event`)
    else if (event.principal !== action.createdBy) {
      fail('audit', `${action.name} of ${action.createdBy} has an event of ${event.principal}`)
    }
  }
  for (const [id, update] of changes.updates) {
    const before = was.updates.get(id)
    const changed = update && (before?.status !== update.status || before?.control !== update.control)
    if (
      !changed ||
      JSON.stringify(before?.control) + before?.status === JSON.stringify(update.control) + update.status
    )
      continue
    if (!changes.events.some((one) => one.updateId === id)) {
      fail('audit', `update ${id} went from ${before?.status} to ${update.status} without an event`)
    }
  }
  for (const action of ended) {
    if (action.nodeId === null || action.status === 'CANCELLED') continue
    if (!changes.events.some((one) => one.actionId === action.id)) {
      fail('audit', `${action.name} ended as ${action.status} without an event`)
    }
  }
}

function checkReasons({ fail }: Scene, { changes, was }: Commit): void {
  const look = (what: string, reason: string) => {
    if (reason === '' || BROKEN.test(reason)) fail('explained', `${what} has the reason "${reason}"`)
  }
  for (const event of changes.events) look(`event ${event.type}`, event.because)
  for (const action of changes.actions.values())
    if (action) look(`${action.name} ${action.status}`, action.statusReason)
  for (const update of changes.updates.values()) if (update) look(`update ${update.status}`, update.because)
  for (const node of changes.nodes.values()) if (node) look(`node ${node.name}`, node.statusReason)
  for (const [id, row] of changes.clusters) {
    if (row && was.pools.size === 0) look(`cluster ${id}`, row.cluster.statusReason)
  }
}
