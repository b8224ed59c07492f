/**
 * Opening hours: two offices in two time zones. A call goes to the one that is open, New York first;
 * when both are closed, callers leave a message. Clocks change by themselves, each in its own zone.
 *
 * Opening hours know no holidays. CLOSED_TODAY=yes makes a config in which everything is closed:
 * publish that in the morning, and roll back in the evening.
 */
import { defineConfig, file, hours, type Reply } from '../../src/config/index.ts'

const newYork = hours(
  { zone: 'America/New_York', days: 'mon-fri', from: '09:00', to: '17:00' },
  { zone: 'America/New_York', days: 'sat', from: '10:00', to: '14:00' },
)
const berlin = hours({ zone: 'Europe/Berlin', days: 'mon-fri', from: '08:00', to: '18:00' })

const isClosedToday = process.env['CLOSED_TODAY'] === 'yes'
const onWorkdays = (...replies: Reply[]) => (isClosedToday ? [] : replies)

export default defineConfig({
  // publicUrl: 'https://hooks.example.com', // when you deploy

  endpoints: {
    voice: {
      path: '/voice',
      kind: 'voice.inbound',
      reply: [
        ...onWorkdays(
          { when: newYork, twiml: file('replies/new-york.xml') },
          { when: berlin, twiml: file('replies/berlin.xml') },
        ),
        { twiml: file('replies/closed.xml') },
      ],
    },
    sms: {
      path: '/sms',
      reply: [
        ...onWorkdays({ when: { $or: [newYork, berlin] }, twiml: '<Response/>' }),
        {
          twiml:
            '<Response><Message>We are closed, and answer when we are back.</Message></Response>',
        },
      ],
    },
    goodbye: {
      path: '/goodbye',
      kind: 'voice.record.action',
      reply: { twiml: file('replies/goodbye.xml') },
    },
  },
})
