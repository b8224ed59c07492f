/**
 * X-Home-Region: the Twilio Region that a webhook comes from, e.g. `us1`
 * (https://www.twilio.com/docs/usage/webhooks/webhooks-faq). Not signed: whoever repeats a captured
 * request may write anything into it, so only what looks like a region is taken over.
 */
const REGION = /^[a-z0-9-]{2,32}$/

export function parseRegion(header: string | null): string | null {
  return header !== null && REGION.test(header) ? header : null
}
