const PREFIX = 'senlin.policy.'

/** A type of policy as this API names it: `senlin.policy.scaling`. */
export function toPolicyType(type: string): string {
  return `${PREFIX}${type}`
}

/** Ours, if it has the beginning that all of theirs have; else what was given, which nothing is called. */
export function fromPolicyType(type: string): string {
  return type.startsWith(PREFIX) ? type.slice(PREFIX.length) : `unknown:${type}`
}
