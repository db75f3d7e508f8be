import type { FileHandle } from 'node:fs/promises'

const WINDOW_BYTES = 256 * 1024

/**
 * Reads small pieces of a file without asking the operating system for each: a zip has three of them an entry.
 * Two windows, as its directory and its data are read side by side, each from front to back.
 */
export class ReadAhead {
  readonly sizeBytes: number
  readonly #handle: FileHandle
  /** The one used last comes first. */
  #windows: readonly Window[] = []

  constructor(handle: FileHandle, sizeBytes: number) {
    this.#handle = handle
    this.sizeBytes = sizeBytes
  }

  /**
   * @returns bytes to read only; whoever keeps them keeps a whole window in memory
   * @throws RangeError if the file has no such bytes
   */
  async read(position: number, length: number): Promise<Buffer> {
    if (!(position >= 0 && length >= 0 && position + length <= this.sizeBytes)) {
      throw new RangeError('it points outside of the file; the file is truncated or damaged')
    }
    const found = this.#windows.find(
      ({ start, bytes }) => start <= position && position + length <= start + bytes.length,
    )
    const window = found ?? (await this.#load(position, length))
    this.#windows = [window, ...this.#windows.filter((other) => other !== window)].slice(0, 2)
    return window.bytes.subarray(position - window.start, position - window.start + length)
  }

  async #load(start: number, length: number): Promise<Window> {
    const bytes = Buffer.allocUnsafe(Math.min(Math.max(length, WINDOW_BYTES), this.sizeBytes - start))
    for (let done = 0; done < bytes.length; ) {
      const { bytesRead } = await this.#handle.read(bytes, done, bytes.length - done, start + done)
      if (bytesRead === 0) throw new RangeError('the file is truncated')
      done += bytesRead
    }
    return { start, bytes }
  }
}

interface Window {
  readonly start: number
  readonly bytes: Buffer
}
