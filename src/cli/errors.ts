/** A call or a config that the user can mend. Its message says how; no stack is shown. */
export class UsageError extends Error {
  override name = 'UsageError'
}
