/** A reply as Twilio gets it. */
export const TWIML_TYPE = 'text/xml; charset=utf-8'

/** What nearly every reply is: a constant spares each its own headers. */
const PLAIN_TWIML = { headers: { 'content-type': TWIML_TYPE } }

export interface Reply {
  status: number
  contentType: string | null
  body: string
  /** Set-Cookie values of an app behind `origin`: Twilio returns them within the session. */
  cookies: string[]
  /** How the reply came about, for the log. */
  from: 'config' | 'default' | 'mismatch' | 'origin' | 'recorded' | `otherwise.${string}`
}

/** A body with one of these is a TypeError (https://fetch.spec.whatwg.org/#null-body-status). */
const NULL_BODY_STATUSES = [204, 205, 304]

export function toReplyResponse({ status, contentType, body, cookies }: Reply): Response {
  if (contentType === TWIML_TYPE && status === 200 && cookies.length === 0) {
    return new Response(body, PLAIN_TWIML)
  }
  const isEmpty = body === '' || NULL_BODY_STATUSES.includes(status)
  const headers: [string, string][] = cookies.map((cookie) => ['set-cookie', cookie])
  if (contentType !== null) headers.push(['content-type', contentType])
  return new Response(isEmpty ? null : body, { status, headers })
}
