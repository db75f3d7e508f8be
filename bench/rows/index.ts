import type { Row } from '../lib/row.ts'
import { cancel } from './cancel.ts'
import { controlPlane } from './control-plane.ts'
import { crash } from './crash.ts'
import { growth } from './growth.ts'
import { idle } from './idle.ts'
import { listing } from './listing.ts'
import { reads } from './reads.ts'
import { rolling } from './rolling.ts'
import { senlin } from './senlin.ts'

/** All rows, in the order of the table. */
export const ROWS: readonly Row[] = [
  rolling,
  controlPlane,
  growth,
  cancel,
  crash,
  reads,
  listing,
  idle,
  senlin,
]
