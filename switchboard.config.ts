/**
 * What the gateway answers and where events go. Start from here: `npm start` runs it as it is.
 * Everything that can be written is in `src/config/index.ts`.
 *
 * switchboard init replaces this demo with a config of your own, as long as this sentence is here.
 */
import { defineConfig, file, hours } from './src/config/index.ts'

const open = hours({ zone: 'Europe/Berlin', days: 'mon-fri', from: '09:00', to: '17:00' })

export default defineConfig({
  // Set it when you deploy; signatures are checked against it:
  // publicUrl: 'https://hooks.example.com',

  endpoints: {
    // "A message comes in" of a number or a messaging service.
    sms: {
      path: '/sms',
      reply: [
        {
          when: { Body: { $regex: '^\\s*hours\\s*$', $options: 'i' } },
          twiml: file('replies/hours.xml'),
        },
        { twiml: file('replies/thanks.xml') },
      ],
    },

    // "A call comes in". The whole menu runs here, without an app behind it.
    voice: {
      path: '/voice',
      reply: [
        { when: { $not: open }, twiml: file('replies/closed.xml') },
        { when: { Digits: '1' }, twiml: file('replies/sales.xml') },
        { when: { Digits: '2' }, twiml: file('replies/support.xml') },
        { twiml: file('replies/menu.xml') },
      ],
    },
    goodbye: { path: '/goodbye', reply: { twiml: file('replies/goodbye.xml') } },

    // Status callbacks of messages, calls and recordings: only forwarded.
    status: { path: '/status' },

    // "Primary handler fails": keep callers, tell senders nothing.
    fallback: {
      path: '/fallback',
      kind: 'fallback',
      reply: [
        { when: { CallSid: { $exists: true } }, twiml: file('replies/voicemail.xml') },
        { twiml: '<Response/>' },
      ],
    },
  },

  // Where events go. `npm start` adds a target of its own, so that there is something to see.
  targets: {
    // crm: {
    //   url: 'https://crm.example.com/hooks/twilio',
    //   events: ['messaging.*', 'voice.call.status'],
    //   secret: 'CRM_SIGNING_SECRET', // the name of a Worker secret
    // },
  },
})
