/**
 * What ends a command. Each class is an exit code, and every message says what to do next; no stack is
 * shown. Whatever else is thrown is a defect.
 *
 * Messages quote names and places, and never a secret, a phone number or a body.
 */

/** 0: done. */
export const EXIT = { failed: 1, usage: 2, cancelled: 130 } as const

export interface ErrorDetails {
  /** Stable name for scripts, e.g. `config_invalid`; `--json` prints it. */
  code?: string
  /** What to do now, as a sentence or a command to type. */
  next?: string
}

export class CommandError extends Error {
  readonly exitCode: number
  readonly code: string
  readonly next: string | null

  constructor(message: string, exitCode: number, { code, next }: { code: string; next?: string }) {
    super(message)
    this.exitCode = exitCode
    this.code = code
    this.next = next ?? null
  }
}

/** A call, a config or a credential that the user can mend; nothing was changed. */
export class UsageError extends CommandError {
  override name = 'UsageError'
  constructor(message: string, { code = 'usage', ...details }: ErrorDetails = {}) {
    super(message, EXIT.usage, { code, ...details })
  }
}

/** The call was right and the work failed, perhaps half-way: `next` says how to go on. */
export class WorkError extends CommandError {
  override name = 'WorkError'
  constructor(message: string, { code = 'failed', ...details }: ErrorDetails = {}) {
    super(message, EXIT.failed, { code, ...details })
  }
}

/** Ctrl-C or Escape at a question, or a "no": nothing was changed after it. */
export class CancelledError extends CommandError {
  override name = 'CancelledError'
  constructor(message = 'Cancelled: nothing was changed.') {
    super(message, EXIT.cancelled, { code: 'cancelled' })
  }
}

/** The reason in an error of somebody else's, without its stack. */
export function toReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
