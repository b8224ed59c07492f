/**
 * An existing app behind the gateway, with a safety net: the app goes on answering Twilio, and its code
 * stays as it is. When it is late or down, callers and senders hear something sensible. What it has to
 * know comes a second time, as an event that waits for it: a reply can be missed, an event cannot.
 *
 * The app's middleware checks Twilio's signature as before: requests and events come signed for the
 * app's own URL, with the account's token.
 */
import { defineConfig, file, origin } from '../../src/config/index.ts'

/** Where the app is. The same paths on both sides, so that relative URLs in its TwiML go on working. */
const app = process.env['APP_URL'] ?? 'https://app.example.com'

export default defineConfig({
  // publicUrl: 'https://hooks.example.com', // when you deploy

  endpoints: {
    calls: {
      path: '/twilio/voice/*',
      reply: origin(`${app}/twilio/voice/*`, {
        deadline: '4s',
        otherwise: { twiml: file('replies/sorry.xml') },
      }),
    },
    messages: {
      path: '/twilio/sms',
      reply: origin(`${app}/twilio/sms`, {
        deadline: '4s',
        otherwise: { twiml: file('replies/received.xml') },
      }),
    },
    // Statuses need no answer: the app gets them as events, when it is there.
    status: { path: '/twilio/status' },
    // After the message that a caller left while the app was away.
    goodbye: {
      path: '/safety-net/goodbye',
      kind: 'voice.record.action',
      reply: { twiml: file('replies/goodbye.xml') },
    },
  },

  targets: {
    app: {
      url: `${app}/twilio/events`,
      format: 'twilio',
      events: ['messaging.*', 'voice.call.status', 'voice.record.action'],
    },
  },
})
