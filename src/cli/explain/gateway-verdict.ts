/**
 * What the gateway says to a captured request, by the gateway's own code: nothing is accepted here that
 * it would refuse, and nothing refused that it would accept.
 */
import { readIntake, type Intake } from '../../gateway/intake.ts'
import { splitUrl } from '../../gateway/request-url.ts'
import type { Refusal } from '../../gateway/refusal.ts'
import { verifyUpgrade, verifyWebhook } from '../../gateway/verify.ts'
import { err, ok, type Result } from '../../result.ts'
import type { KeyRing, NamedKey } from '../../twilio/keyring.ts'
import { findHeader, type CapturedRequest } from './capture/captured-request.ts'

export interface GatewayView {
  /** What the gateway checks against: its public origin with the path and query that came. */
  url: string
  isUpgrade: boolean
  /** Null: it would not even read the request. */
  intake: Intake | null
  verdict: Result<{ key: NamedKey }, Refusal>
}

export async function viewAsGateway(
  capture: CapturedRequest,
  url: string,
  ring: KeyRing,
): Promise<GatewayView> {
  const headers = toHeaders(capture)
  const isUpgrade =
    capture.method === 'GET' && headers.get('upgrade')?.toLowerCase() === 'websocket'
  if (isUpgrade) {
    const verified = verifyUpgrade(url, headers, ring)
    const verdict = verified.ok ? ok({ key: verified.value }) : verified
    return { url, isUpgrade, intake: null, verdict }
  }
  const intake = await readIntake(toRequest(capture, headers), splitUrl(url).query)
  if (!intake.ok) return { url, isUpgrade, intake: null, verdict: err(intake.error) }
  const verdict = verifyWebhook(url, intake.value, headers, ring)
  return { url, isUpgrade, intake: intake.value, verdict }
}

/** What the gateway reads; a header that cannot be written is none of them. */
const READ_HEADERS = ['content-type', 'host', 'x-forwarded-host', 'x-twilio-signature', 'upgrade']

function toHeaders(capture: CapturedRequest): Headers {
  const headers = new Headers()
  for (const name of READ_HEADERS) {
    const value = findHeader(capture.headers, name)
    if (value !== null && /^[\t -~]*$/.test(value)) headers.set(name, value)
  }
  return headers
}

/** The URL does not matter to the intake, and `Request` would refuse some that Twilio calls. */
function toRequest({ method, body }: CapturedRequest, headers: Headers): Request {
  const isBare = method === 'GET' || method === 'HEAD'
  const init = { method, headers, ...(isBare ? {} : { body: new Uint8Array(body) }) }
  return new Request('http://capture.invalid/', init)
}
