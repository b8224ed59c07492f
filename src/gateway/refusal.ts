/** Why a request is not a webhook that the gateway takes, and the one place where that becomes a status. */
import { ALLOWED_METHODS, type IntakeProblem } from './intake.ts'

export type Refusal =
  /** No usable config at all: Twilio's fallback URL has to help. */
  | { reason: 'no_config' }
  | { reason: 'unknown_path' }
  | IntakeProblem
  /** Not proven to be Twilio's. Which mistake it was is for the log, never for the sender. */
  | { reason: 'not_signed'; code: string; hint: string; account: string | null }
  /** Twilio's, but media streams are not this product. */
  | { reason: 'websocket' }
  /** Neither queue nor outbox took the event: Twilio's own retry is the last hope. */
  | { reason: 'unstored' }
  /** An exception that nothing expected: nothing was acknowledged, and Twilio's fallback URL can help. */
  | { reason: 'defect' }

export function toRefusalResponse(refusal: Refusal): Response {
  switch (refusal.reason) {
    case 'incomplete':
      return empty(400)
    case 'unknown_path':
      return empty(404)
    case 'method_not_allowed':
      return empty(405, { allow: ALLOWED_METHODS })
    case 'too_large':
      return empty(413)
    case 'unsupported_type':
      return empty(415)
    case 'not_signed':
      return empty(403)
    case 'websocket':
      return empty(501)
    case 'no_config':
    case 'unstored':
    case 'defect':
      return empty(503)
  }
}

function empty(status: number, headers?: HeadersInit): Response {
  return new Response(null, headers ? { status, headers } : { status })
}
