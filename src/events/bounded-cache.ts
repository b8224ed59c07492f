/**
 * A Map that never holds more than it was told. For results that are cheap to make again and whose
 * keys a stranger may choose: when it is full it starts again, and the common keys are soon back.
 */
export class BoundedCache<Value> {
  readonly #entries = new Map<string, Value>()
  readonly #maxEntries: number
  readonly #maxKeyChars: number

  constructor(maxEntries: number, maxKeyChars: number) {
    this.#maxEntries = maxEntries
    this.#maxKeyChars = maxKeyChars
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): Value | undefined {
    return this.#entries.get(key)
  }

  /** A key that is too long is not kept. */
  set(key: string, value: Value): void {
    if (key.length > this.#maxKeyChars) return
    if (this.#entries.size >= this.#maxEntries) this.#entries.clear()
    this.#entries.set(key, value)
  }
}
