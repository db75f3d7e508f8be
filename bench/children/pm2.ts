import pm2 from 'pm2'
import { answerParent } from '../lib/child.ts'

export type Pm2Question =
  | { readonly kind: 'start'; readonly script: string; readonly port: number; readonly processes: number }
  | { readonly kind: 'reload' }
  | { readonly kind: 'end' }

const NAME = 'hello-http'

/**
 * PM2 by its own programming interface: the time its command line takes to start does not count against it. Cluster
 * mode, in which a reload takes none of them away before another listens, and its defaults in all else.
 */
answerParent(async (question: Pm2Question) => {
  switch (question.kind) {
    case 'start': {
      const { script, port, processes } = question
      await called((done) => pm2.connect(done))
      const options = { script, name: NAME, exec_mode: 'cluster', instances: processes, autorestart: true }
      await called((done) => pm2.start({ ...options, env: { PORT: String(port), HOST: '127.0.0.1' } }, done))
      return {}
    }
    case 'reload': {
      const from = performance.now()
      await called((done) => pm2.reload(NAME, done))
      return { seconds: (performance.now() - from) / 1000 }
    }
    case 'end':
      await called((done) => pm2.delete(NAME, done))
      await called((done) => pm2.killDaemon(done))
      return {}
  }
})

function called(call: (done: (error: Error) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => call((error: Error | null) => (error ? reject(error) : resolve())))
}
