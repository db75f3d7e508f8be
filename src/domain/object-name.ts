/** S3's rules for names of buckets that do not become hosts by themselves. */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const ADDRESS = /^\d{1,3}(\.\d{1,3}){3}$/
const MAX_KEY_BYTES = 1024
const MAX_VERSION_LENGTH = 1000

/** @returns the rule that the name of a bucket breaks, null if none */
export function brokenBucketRule(name: string): string | null {
  if (!BUCKET.test(name)) {
    return 'must have 3 to 63 characters, lower-case letters, digits, "-" and ".", and begin and end with a letter or digit'
  }
  if (name.includes('..') || name.includes('.-') || name.includes('-.')) {
    return 'must have letters or digits on both sides of each "."'
  }
  return ADDRESS.test(name) ? 'must not look like an IP address' : null
}

/** @returns the rule that an object's key breaks, null if none */
export function brokenKeyRule(key: string): string | null {
  const bytes = Buffer.byteLength(key)
  if (bytes === 0 || bytes > MAX_KEY_BYTES) return `must have 1 to ${MAX_KEY_BYTES} bytes, not ${bytes}`
  if (!key.isWellFormed() || /\p{Cc}/u.test(key)) return 'must have no control characters and be valid UTF-8'
  // Clients and proxies take them out of a path, and then another object would be meant.
  return key.split('/').some((part) => part === '.' || part === '..') ? 'must have no part "." or ".."' : null
}

/** @returns the rule that an object's version breaks, null if none */
export function brokenVersionRule(version: string): string | null {
  const isGood = version.length > 0 && version.length <= MAX_VERSION_LENGTH && /^[\x21-\x7e]+$/.test(version)
  return isGood ? null : `must have 1 to ${MAX_VERSION_LENGTH} visible ASCII characters`
}

/** Takes `s3://bucket/key` apart. @returns null for anything else; the rules for its parts are not looked at */
export function parseObjectUrl(url: string): { readonly bucket: string; readonly key: string } | null {
  const match = /^s3:\/\/([^/]*)\/(.*)$/s.exec(url)
  return match === null ? null : { bucket: match[1]!, key: match[2]! }
}
