interface Answer {
  readonly id: number
  readonly result?: { readonly usedSize?: number }
  readonly error?: { readonly message: string }
}

/**
 * What a program really uses of its JavaScript heap, in bytes: it is told to collect all it can first. Resident memory
 * says that only over hours, for V8 leaves garbage where it is for as long as nobody needs the room.
 * @param port of the program's inspector (`--inspect`)
 */
export async function readCollectedHeap(port: number): Promise<number> {
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as readonly {
    readonly webSocketDebuggerUrl: string
  }[]
  const socket = new WebSocket(targets[0]!.webSocketDebuggerUrl)
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', () => reject(new Error(`no inspector answers on port ${port}`)))
  })
  let lastId = 0
  const ask = (method: string) =>
    new Promise<Answer>((resolve, reject) => {
      const id = ++lastId
      socket.addEventListener('message', ({ data }) => {
        const answer = JSON.parse(String(data)) as Answer
        if (answer.id !== id) return
        if (answer.error) reject(new Error(`${method}: ${answer.error.message}`))
        else resolve(answer)
      })
      socket.send(JSON.stringify({ id, method }))
    })
  try {
    // What only weak references hold goes with the second one.
    for (let times = 0; times < 2; times++) await ask('HeapProfiler.collectGarbage')
    return (await ask('Runtime.getHeapUsage')).result?.usedSize ?? Number.NaN
  } finally {
    socket.close()
  }
}
