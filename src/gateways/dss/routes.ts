import type { Table } from './ask.ts'
import { deploymentRoutes } from './deployments.ts'
import { futureRoutes } from './futures.ts'
import { infraRoutes } from './infras.ts'
import { instanceRoutes } from './instance.ts'
import { projectRoutes, uploadBundle } from './projects.ts'
import { updateRoutes } from './updates.ts'

/** Every operation, by its path below the base. */
export const routes: Table = {
  ...infraRoutes,
  ...projectRoutes,
  ...deploymentRoutes,
  ...updateRoutes,
  ...futureRoutes,
  ...instanceRoutes,
}

/** The one whose body may take as long as it likes. */
export const UPLOAD = uploadBundle
