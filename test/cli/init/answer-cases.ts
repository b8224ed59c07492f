/** Every combination of answers that `init` can get. */
import type { Answers } from '../../../src/cli/init/answers.ts'

const VOICE_APP = 'https://app.example.com/twilio/voice'
const SMS_APP = 'https://app.example.com/twilio/sms?tenant=7'
const LONG_URL = `https://app.example.com/${'a-long-path/'.repeat(12)}hook`

const CHANNELS: Answers['channels'][] = [['voice'], ['sms'], ['voice', 'sms']]

const APPS: Answers['apps'][] = [
  { voice: null, sms: null },
  { voice: VOICE_APP, sms: null },
  { voice: null, sms: SMS_APP },
  { voice: VOICE_APP, sms: SMS_APP },
  // One app for both, paths that other endpoints have, paths that are each other's default.
  { voice: VOICE_APP, sms: VOICE_APP },
  { voice: 'https://app.example.com/status', sms: 'https://app.example.com' },
  { voice: 'https://app.example.com/sms', sms: 'https://other.example.com/voice' },
  { voice: `${LONG_URL}?it's=1`, sms: 'https://app.example.com/%C3%A9' },
]

const EVENTS: Answers['events'][] = [
  null,
  { url: 'https://crm.example.com/hooks/twilio', format: 'cloudevents' },
  { url: LONG_URL, format: 'cloudevents' },
  { url: 'https://old.example.com/twilio', format: 'twilio' },
]

const PUBLIC_URLS: Answers['publicUrl'][] = [null, 'https://hooks.example.com']

export const ALL_ANSWERS: readonly Answers[] = CHANNELS.flatMap((channels) =>
  APPS.flatMap((apps) =>
    EVENTS.flatMap((events) =>
      PUBLIC_URLS.map((publicUrl) => ({ channels, apps, events, publicUrl })),
    ),
  ),
)
