/**
 * What Twilio's REST API refuses, as an error of the command. Twilio's own message is not shown: it
 * quotes what was sent, and that may be a phone number or a URL with a login in it. Its code is, and
 * the page that explains it.
 */
import { toReason, UsageError, WorkError } from '../terminal/errors.ts'

/** Twilio's code for a wrong login, or one that may not do this. */
const WRONG_LOGIN = 20003

export class TwilioError extends WorkError {
  override name = 'TwilioError'
  /** HTTP status; null when no answer came. */
  readonly status: number | null

  constructor(message: string, status: number | null, details: { code: string; next: string }) {
    super(message, details)
    this.status = status
  }

  /** There is no such resource (any more). */
  get isGone(): boolean {
    return this.status === 404
  }

  /** Whether Twilio did it is not known: no answer, or one of a broken server. */
  get isUnclear(): boolean {
    return this.status === null || this.status >= 500
  }
}

/** The login is wrong, or it may not do this. */
export class LoginError extends UsageError {
  override name = 'LoginError'
}

/** `what` completes "Twilio refused to …": `read the numbers of AC…`. */
export async function callTwilio<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw toTwilioError(what, error)
  }
}

export function toTwilioError(what: string, error: unknown): Error {
  if (error instanceof TwilioError || error instanceof LoginError) return error
  const { status, code, docs } = readRefusal(error)
  if (status === null) {
    const isNetwork = error instanceof Error && 'code' in error
    if (!isNetwork) return error instanceof Error ? error : new TypeError(String(error))
    return new TwilioError(`No answer from Twilio to: ${what} (${toReason(error)}).`, null, {
      code: 'twilio_unreachable',
      next: 'Look at the network and https://status.twilio.com, then run it again.',
    })
  }
  if (status === 401 || code === WRONG_LOGIN) return toLoginError(what)
  const page = docs ?? (code === null ? 'https://status.twilio.com' : toDocsUrl(code))
  const number = code === null ? '' : `, error ${code}`
  return new TwilioError(`Twilio refused to ${what}: status ${status}${number}.`, status, {
    code: code === null ? `twilio_status_${status}` : `twilio_${code}`,
    next:
      status === 429 ? 'It is busy: run the command again later.' : `${page} tells what it means.`,
  })
}

function toLoginError(what: string): LoginError {
  return new LoginError(`Twilio does not accept the login to ${what} (error ${WRONG_LOGIN}).`, {
    code: 'twilio_login',
    next:
      'Check TWILIO_ACCOUNT_SID and what goes with it: TWILIO_API_KEY and TWILIO_API_SECRET, or ' +
      'TWILIO_AUTH_TOKEN, or the first key of that account in TWILIO_AUTH_TOKENS. A standard API ' +
      'key may not read accounts or keys: that takes a main key or the auth token.',
  })
}

const toDocsUrl = (code: number) => `https://www.twilio.com/docs/api/errors/${code}`

/** The SDK's two classes of errors have these in common. */
function readRefusal(error: unknown) {
  const read = (name: string): unknown =>
    typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined
  const status = read('status')
  const code = read('code')
  const docs = read('moreInfo')
  return {
    status: typeof status === 'number' ? status : null,
    code: typeof code === 'number' ? code : null,
    docs: typeof docs === 'string' && docs.startsWith('https://www.twilio.com/') ? docs : null,
  }
}
