/**
 * The parameters of a webhook: decoded name-value pairs in the order in which they came.
 *
 * Decoding is the WHATWG form decoder's, which reads bad input as Twilio's SDKs do behind Express:
 * an invalid percent sequence stays as it is, invalid UTF-8 becomes U+FFFD, nothing throws. `+` and
 * `%20` are both a space (voice encodes one way, recording callbacks the other).
 */

export type Param = readonly [name: string, value: string]

export class Params {
  readonly pairs: readonly Param[]
  /** First value by name. A Map, so that a parameter named `__proto__` is only a name. */
  readonly #first = new Map<string, string>()

  constructor(pairs: readonly Param[]) {
    this.pairs = pairs
    for (const [name, value] of pairs) {
      if (!this.#first.has(name)) this.#first.set(name, value)
    }
  }

  /** The first value of a name; undefined when it did not come at all. */
  get(name: string): string | undefined {
    return this.#first.get(name)
  }

  has(name: string): boolean {
    return this.#first.has(name)
  }
}

/** Decodes a form body or a query string (without its `?`) into pairs. Never throws. */
export function parseForm(text: string): Param[] {
  // URLSearchParams drops one leading `?`, which in a body is part of the first name.
  return [...new URLSearchParams(text.startsWith('?') ? `&${text}` : text)]
}
