import type { Output } from './output.ts'
import type { EventResource, UpdateNodeResource, UpdateResource } from './resources.ts'
import type { Session } from './session.ts'
import { printable } from './style.ts'
import { clockTime } from './time.ts'
import { updateLine, updateScreen } from './update-view.ts'

/** Shows an update while it goes on. */
export interface UpdateDisplay {
  update(update: UpdateResource): void
  /** Something happened to one of its nodes. */
  event(event: EventResource): void
  /** How far each node is; null when nobody looks at that, and it need not be asked for. */
  readonly nodes: ((nodes: readonly UpdateNodeResource[]) => void) | null
  /** Something about the watching itself: a lost connection. */
  note(text: string): void
  /** Leaves the screen as it is, for what is printed next. */
  close(): void
}

/** The display that fits: a redrawn screen in a terminal, a line for each change elsewhere, data for programs. */
export function createUpdateDisplay(session: Session): UpdateDisplay {
  const { output } = session
  if (output.format !== 'table') return dataDisplay(output)
  return output.isTerminal && session.io.env['TERM'] !== 'dumb'
    ? screenDisplay(session)
    : lineDisplay(session, (line) => output.say(line))
}

/** For `--wait`: a word on standard error when the update's state changes, if somebody looks at it. */
export function createQuietDisplay(session: Session): UpdateDisplay {
  const note = (text: string) => session.output.note(text)
  if (session.io.stderr.isTTY === true) return { ...lineDisplay(session, note), event() {} }
  return { update() {}, event() {}, nodes: null, note, close() {} }
}

function lineDisplay(session: Session, write: (line: string) => void): UpdateDisplay {
  let shown = ''
  return {
    update(update) {
      const what = `${update.status} ${update.because}`
      if (what === shown) return
      shown = what
      write(updateLine(update, update.endedAt ?? new Date(session.io.clock.now()).toISOString()))
    },
    event: (event) => write(`${clockTime(event.at)}  ${event.type}  ${printable(event.because)}`),
    nodes: null,
    note: (text) => session.output.note(text),
    close() {},
  }
}

function dataDisplay(output: Output): UpdateDisplay {
  return {
    update: (update) => output.dataLine({ kind: 'update', ...update }),
    event: (event) => output.dataLine({ kind: 'event', ...event }),
    nodes: null,
    note: (text) => output.note(text),
    close() {},
  }
}

const REDRAW_MS = 100
const TICK_MS = 1000

function screenDisplay({ io, output }: Session): UpdateDisplay {
  let nodes: readonly UpdateNodeResource[] = []
  let update: UpdateResource | null = null
  let note = ''
  let drawnLines = 0
  let isSoon = false
  let isClosed = false
  let cancelTimer = () => {}

  function draw(): void {
    isSoon = false
    if (update !== null) {
      const room = { columns: io.stdout.columns || 80, rows: io.stdout.rows || 24 }
      const lines = updateScreen(update, nodes, room, output.style, io.clock.now())
      if (note !== '') lines.push(output.style.dim(note.slice(0, room.columns - 1)))
      const back = drawnLines === 0 ? '' : `\u001b[${drawnLines}A`
      output.write(`${back}\u001b[0J${lines.join('\n')}\n`)
      drawnLines = lines.length
    }
    if (!isClosed) cancelTimer = io.clock.after(TICK_MS, draw)
  }
  function drawSoon(): void {
    if (isSoon || isClosed) return
    isSoon = true
    cancelTimer()
    cancelTimer = io.clock.after(REDRAW_MS, draw)
  }

  return {
    update(next) {
      update = next
      note = ''
      drawSoon()
    },
    event() {},
    nodes(next) {
      nodes = next
      drawSoon()
    },
    note(text) {
      note = text
      drawSoon()
    },
    close() {
      isClosed = true
      cancelTimer()
      draw()
    },
  }
}
