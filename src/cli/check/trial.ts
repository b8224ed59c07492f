/** What came of one call of `check --online`. */
export interface Trial {
  what: 'target' | 'origin'
  /** Of the target, or of the endpoint. */
  name: string
  /** The host, or the name of the secret that holds the URL. */
  to: string
  result: 'ok' | 'failed' | 'skipped'
  /** Null: no answer. */
  status: number | null
  durationMs: number | null
  message: string
  /** What to do. */
  next: string | null
}
