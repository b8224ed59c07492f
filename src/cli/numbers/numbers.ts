/** `switchboard numbers`: where Twilio's webhooks go, to the gateway, and back again. */
import { addVerb, type DefineVerb } from '../terminal/verb.ts'
import { defineAdopt } from './adopt.ts'
import { defineRestore } from './restore.ts'
import { defineScan } from './scan.ts'

const LOGIN = `Login (environment or .dev.vars): TWILIO_ACCOUNT_SID with TWILIO_API_KEY and
TWILIO_API_SECRET, or with TWILIO_AUTH_TOKEN; else the account's first key in TWILIO_AUTH_TOKENS.
Messaging services of a sub-account need its own auth token: the parent's auth token brings it along,
an API key does not; then it has to be in TWILIO_AUTH_TOKENS.`

export const defineNumbers: DefineVerb = (verb) => {
  defineScan(
    addVerb(verb, 'scan', {
      summary: 'show which URL Twilio calls for each number, and what bypasses the gateway',
      examples: [
        ['numbers scan', 'the counts, and alike numbers in one row'],
        ['numbers scan --only +15005550006', 'one number in full'],
        ['numbers scan --check --json', 'for a nightly job: exits with 1 when something bypasses'],
      ],
      notes: LOGIN,
    }),
  )
  defineAdopt(
    addVerb(verb, 'adopt', {
      summary: 'point numbers at the gateway, and keep what was there',
      examples: [
        ['numbers adopt --dry-run', 'what would change, for everything'],
        ['numbers adopt --only +15005550006', 'one number first'],
        [
          'numbers adopt --fallback https://handler.twilio.com/twiml/EH… --yes',
          'everything, with a TwiML Bin that answers when the gateway does not',
        ],
      ],
      notes: `What was there is saved in twilio-numbers.backup.json before anything changes;
"numbers restore" puts it back. Running it again finishes what a failure left.

A TwiML app or messaging service that several numbers share is changed once, and only when all of its
numbers are chosen, or it is chosen itself. TwiML apps that no number uses, and SIP domains, are changed
only when they are chosen by their SID: they often serve calls that go out.

${LOGIN}`,
    }),
  )
  defineRestore(
    addVerb(verb, 'restore', {
      summary: 'put back what adopt changed, exactly',
      examples: [
        ['numbers restore --dry-run', 'what would be put back'],
        ['numbers restore --only +15005550006', 'one number'],
        ['numbers restore --yes', 'everything'],
      ],
      notes: `Exit codes: 0 all is back, 1 something was left: changed by somebody since, or not reachable.

${LOGIN}`,
    }),
  )
}
