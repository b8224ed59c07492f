/**
 * Keyword replies: a few words are answered at once, everything else gets a text that says which words
 * there are. Upper and lower case, spaces around it and one . ! or ? behind it do not matter.
 *
 * STOP, START and HELP belong to Twilio: it answers them itself and passes the message on. A second
 * answer would contradict the first one, and after a STOP it is refused (error 21610).
 */
import { defineConfig } from '../../src/config/index.ts'

/** The whole text is one of these words, in any letter case. */
const only = (words: string[], end = '') => ({
  $regex: `^\\s*(?:${words.join('|')})${end}\\s*$`,
  $options: 'i' as const,
})
const word = (...words: string[]) => only(words, '[.!?]?')
const message = (text: string) => `<Response><Message>${text}</Message></Response>`

/** What Twilio answers by default: https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out */
const STOP = ['STOP', 'STOPALL', 'UNSUBSCRIBE', 'END', 'QUIT', 'REVOKE', 'OPTOUT', 'CANCEL']
const START = ['START', 'YES', 'UNSTOP']
const HELP = ['HELP', 'INFO']

export default defineConfig({
  // publicUrl: 'https://hooks.example.com', // when you deploy

  endpoints: {
    sms: {
      path: '/sms',
      reply: [
        // With Advanced Opt-Out, where the words are yours, Twilio says that it has answered.
        { when: { OptOutType: { $exists: true } }, twiml: '<Response/>' },
        { when: { Body: only([...STOP, ...START, ...HELP]) }, twiml: '<Response/>' },
        { when: { Body: word('hours', 'open') }, twiml: message('Monday to Friday, 9 to 17.') },
        {
          when: { Body: word('address', 'where') },
          twiml: message('1 Example Street, Springfield.'),
        },
        {
          when: { Body: word('call', 'call\\s+me') },
          twiml: message('We will call {{From}} today.'),
        },
        { when: { NumMedia: { $gt: 0 } }, twiml: message('Thanks for the picture.') },
        { twiml: message('Send HOURS, ADDRESS or CALL ME.') },
      ],
    },
  },
})
