import { Agent, get } from 'node:http'
import { answerParent } from '../lib/child.ts'

export interface Question {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** How many ask at once, each over a connection that it keeps. */
  readonly clients: number
  readonly durationMs: number
}

export interface Asked {
  readonly answers: number
  readonly seconds: number
}

answerParent(async ({ url, headers, clients, durationMs }: Question): Promise<Asked> => {
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  const begun = performance.now()
  let answers = 0
  const askOn = async () => {
    while (performance.now() - begun < durationMs) {
      await askOnce(url, headers, agent)
      answers += 1
    }
  }
  await Promise.all(Array.from({ length: clients }, askOn))
  const seconds = (performance.now() - begun) / 1000
  agent.destroy()
  return { answers, seconds }
})

/** The answer is received whole, and not read: what a client makes of it costs the server nothing. */
function askOnce(url: string, headers: Question['headers'], agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = get(url, { headers, agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url} answered ${response.statusCode}`))
      response.on('error', reject).on('end', resolve).resume()
    })
    sent.on('error', reject)
  })
}
