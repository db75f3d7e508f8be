/**
 * The advisory locks of a database, as SQL arguments. The first number is Drover's own, so that others who share the
 * database are not in the way. 2 keeps events in order (migrations/postgres/0001_init.sql). They are taken in this
 * order: writers, a cluster's row, events; so nobody waits for whom he keeps waiting.
 */
export const WRITERS_LOCK = '1685221238, 1'
export const MIGRATION_LOCK = '1685221238, 3'
