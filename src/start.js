// The program's first file, in plain JavaScript: once all that follows was compiled, what strips types is not loaded at
// all, which takes a good part of a command's time and 25 MB of a server's memory.
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

enableCompileCache(join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'drover', 'compiled'))
await import('./main.ts')
