/** The member of a node's metadata by which runtimes that reach hosts know which one is meant. */
export const HOST = 'host'

/** The annotation by which a new node names the host that it is to have, as an address or `address:port`. */
export const HOST_ANNOTATION = 'drover.host'
