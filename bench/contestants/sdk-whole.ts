/** The SDK as its documentation imports it: the REST client of every product comes along. For its size. */
import twilio from 'twilio'
import type { BenchEnv } from './env.ts'

export default {
  async fetch(request, env) {
    const params = Object.fromEntries(new URLSearchParams(await request.text()))
    const signature = request.headers.get('x-twilio-signature') ?? ''
    if (!twilio.validateRequest(env.TWILIO_AUTH_TOKENS, signature, request.url, params)) {
      return new Response(null, { status: 403 })
    }
    return new Response(new twilio.twiml.MessagingResponse().toString())
  },
} satisfies ExportedHandler<BenchEnv>
