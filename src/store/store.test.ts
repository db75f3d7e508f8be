import { testStore } from './conformance.ts'
import { onEachDatabase } from './test-databases.ts'

onEachDatabase(testStore)
