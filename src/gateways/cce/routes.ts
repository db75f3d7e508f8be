import type { Table } from './ask.ts'
import { clusterRoutes } from './clusters.ts'
import { jobRoutes } from './jobs.ts'
import { nodeRoutes } from './nodes.ts'
import { poolRoutes } from './pools.ts'

/** Every operation, by its path below `/api/v3/projects/{project_id}`. */
export const routes: Table = { ...clusterRoutes, ...poolRoutes, ...nodeRoutes, ...jobRoutes }
