import { DroverError, NotFoundError, SourceFailedError, TimedOutError } from '../../domain/errors.ts'
import { type ObjectName, objectUrl } from '../object-source.ts'

/** What the SDK throws, as far as it is looked at: never its message, which repeats parts of signed requests. */
interface SdkError {
  readonly name?: unknown
  readonly code?: unknown
  readonly cause?: unknown
  readonly $metadata?: { readonly httpStatusCode?: number }
}

/** Whether asking again may help, without anybody changing anything. */
export function isPassing(error: unknown): boolean {
  if (error instanceof DroverError) return error.retryable
  const status = statusOf(error)
  return status === 0 ? nameOf(error) !== 'CredentialsProviderError' : status >= 500 || status === 429
}

/** Says in words of ours why an object could not be had. */
export function toSourceError(thrown: unknown, object: ObjectName, place: string): DroverError {
  if (thrown instanceof DroverError) return thrown
  const url = objectUrl(object)
  const name = nameOf(thrown)
  const status = statusOf(thrown)
  const missing = toMissing(name, status, object)
  if (missing !== null) return missing
  if (name === 'CredentialsProviderError') {
    return new SourceFailedError(
      'denied',
      `${url} cannot be fetched: Drover has no credentials for ${place}; give its server AWS_ACCESS_KEY_ID and ` +
        'AWS_SECRET_ACCESS_KEY, a profile (AWS_PROFILE), or a role',
    )
  }
  // The SDK calls a connection that was reset by that name as well.
  if (name === 'TimeoutError' && !/^(ECONNRESET|EPIPE)$/.test(networkCodeOf(thrown))) {
    return new TimedOutError(`${place} did not answer in time for ${url}`)
  }
  if (name === 'InvalidObjectState') {
    const message = `${url} is archived; restore it in ${place}, then fetch it again`
    return new SourceFailedError('unavailable', message)
  }
  if (status === 412) {
    const message = `${url} was replaced while it was fetched; fetch it again`
    return new SourceFailedError('changed', message, { retryable: true })
  }
  if (
    /^(PermanentRedirect|TemporaryRedirect|AuthorizationHeaderMalformed)$/.test(name) ||
    isRedirect(status)
  ) {
    const message = `${place} says that bucket "${object.bucket}" is in another region (${name}); set s3.region, or s3.endpoint, to its own`
    return new SourceFailedError('unavailable', message)
  }
  if (status === 401 || status === 403) {
    return new SourceFailedError(
      'denied',
      `${place} refuses ${url} (${name}): let the credentials of Drover's server read it (s3:GetObject, ` +
        's3:GetObjectVersion), and check bucket and key: what is not there is refused alike to those who may not list',
    )
  }
  if (status > 0) {
    const message = `${place} answered ${status} (${name}) for ${url}`
    return new SourceFailedError('unavailable', message, { retryable: isPassing(thrown) })
  }
  return new SourceFailedError(
    'unavailable',
    `${place} cannot be reached for ${url} (${networkCodeOf(thrown)}); check s3.endpoint, and the network of Drover's server`,
    { retryable: true },
  )
}

function toMissing(name: string, status: number, object: ObjectName): NotFoundError | null {
  if (name === 'NoSuchBucket') return new NotFoundError('bucket', object.bucket)
  if (name === 'NoSuchVersion' || (object.version && name === 'InvalidArgument')) {
    return new NotFoundError(
      'object version',
      object.version ?? '',
      `s3://${object.bucket}/${object.key} has no such version`,
    )
  }
  // A marker that says "deleted" is a version, too, and nobody may read it.
  const isMarker = status === 405 && Boolean(object.version)
  if (status !== 404 && !isMarker) return null
  return new NotFoundError('object', objectUrl(object), 'check bucket and key; it may have been deleted')
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400 && status !== 304
}

function statusOf(error: unknown): number {
  return (error as SdkError | null)?.$metadata?.httpStatusCode ?? 0
}

/** S3's own code, like `NoSuchKey`; it comes from outside. */
function nameOf(error: unknown): string {
  const { name } = (error ?? {}) as SdkError
  return typeof name === 'string' && /^\w{1,64}$/.test(name) ? name : 'an unknown error'
}

function networkCodeOf(error: unknown): string {
  if (error instanceof AggregateError) return networkCodeOf(error.errors[0])
  const { code, cause } = (error ?? {}) as SdkError
  if (typeof code === 'string') return code
  return cause === undefined ? nameOf(error) : networkCodeOf(cause)
}
