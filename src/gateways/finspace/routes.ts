import type { AwsOperation } from '../aws/service.ts'
import { clusterOperations } from './clusters.ts'
import { configurationOperations } from './configuration.ts'
import { environmentOperations } from './environments.ts'
import { nodeOperations } from './nodes.ts'
import type { FinspaceSettings } from './operation.ts'
import { tagOperations } from './tags.ts'

/** Every operation that this gateway knows. */
export function operations(settings: FinspaceSettings): readonly AwsOperation[] {
  return [
    ...environmentOperations,
    ...clusterOperations(settings),
    ...configurationOperations(settings),
    ...nodeOperations,
    ...tagOperations,
  ]
}
