/** The TwiML that `init` writes: short, and meant to be changed. */
import type { Answers } from './answers.ts'
import { decidePaths, GOODBYE_PATH } from './endpoint-paths.ts'

const document = (...lines: string[]): string =>
  ['<?xml version="1.0" encoding="UTF-8"?>', ...lines, ''].join('\n')

const RECORD = `  <Record action="${GOODBYE_PATH}" maxLength="120" playBeep="true"/>`

const toGreeting = (path: string): string =>
  document(
    '<!-- The digit that the caller presses comes back to this endpoint, as the parameter Digits. -->',
    '<Response>',
    `  <Gather action="${path}" input="dtmf" numDigits="1" timeout="5">`,
    '    <Say>Thank you for calling. To leave a message, press 1.</Say>',
    '  </Gather>',
    '  <Say>We did not get that. Goodbye.</Say>',
    '  <Hangup/>',
    '</Response>',
  )

const MESSAGE = document(
  '<Response>',
  '  <Say>Please leave your message after the tone.</Say>',
  RECORD,
  '</Response>',
)

const VOICEMAIL = document(
  '<Response>',
  '  <Say>We have technical trouble, and are sorry. Please leave a message after the tone.</Say>',
  RECORD,
  '</Response>',
)

const GOODBYE = document(
  '<Response>',
  '  <Say>Thank you. Goodbye.</Say>',
  '  <Hangup/>',
  '</Response>',
)

const AUTO_REPLY = document(
  '<Response>',
  '  <Message>Thanks, we have got your message and will come back to you.</Message>',
  '</Response>',
)

/** Path and text of each file that the config of these answers names, and of no other. */
export function toReplyFiles(answers: Answers): { path: string; text: string }[] {
  const { channels, apps } = answers
  const files: { path: string; text: string }[] = []
  const add = (name: string, text: string) => files.push({ path: `replies/${name}.xml`, text })
  if (channels.includes('voice')) {
    if (apps.voice === null) {
      add('greeting', toGreeting(decidePaths(answers).voice))
      add('message', MESSAGE)
    }
    add('voicemail', VOICEMAIL)
    add('goodbye', GOODBYE)
  }
  if (channels.includes('sms')) add('auto-reply', AUTO_REPLY)
  return files
}
