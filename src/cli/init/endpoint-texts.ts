/** The endpoints of a config, as a person would write them. Pure. */
import type { Answers, Channel } from './answers.ts'
import { decidePaths, FALLBACK_PATH, GOODBYE_PATH, STATUS_PATH } from './endpoint-paths.ts'
import { toLiteral } from './literal.ts'

/** Lines of the members of `endpoints`, with a comment on what each is for. */
export function toEndpoints(answers: Answers): string[] {
  const parts: string[][] = []
  if (answers.channels.includes('voice')) {
    parts.push(answers.apps.voice === null ? toOwnVoice(answers) : toApp('voice', answers))
    parts.push([
      '// Where callers go when they have left a message.',
      `goodbye: { path: '${GOODBYE_PATH}', reply: { twiml: file('replies/goodbye.xml') } },`,
    ])
  }
  if (answers.channels.includes('sms')) {
    parts.push(answers.apps.sms === null ? toOwnSms(answers) : toApp('sms', answers))
  }
  parts.push(toStatus(answers), toFallback(answers))
  const rest = toRest(answers)
  if (rest.length > 0) parts.push(rest)
  return parts.flatMap((part, i) => (i === 0 ? part : ['', ...part]))
}

function toOwnVoice(answers: Answers): string[] {
  return [
    '// "A call comes in". The first reply whose `when` holds is given.',
    'voice: {',
    `  path: ${toLiteral(decidePaths(answers).voice)},`,
    '  reply: [',
    "    { when: { Digits: '1' }, twiml: file('replies/message.xml') },",
    "    { twiml: file('replies/greeting.xml') },",
    '  ],',
    '},',
  ]
}

function toOwnSms(answers: Answers): string[] {
  const path = toLiteral(decidePaths(answers).sms)
  return [
    '// "A message comes in".',
    `sms: { path: ${path}, reply: { twiml: file('replies/auto-reply.xml') } },`,
  ]
}

/** A caller hears nothing while the app thinks; the sender of a message does not wait. */
const APPS = {
  voice: {
    says: [
      '// "A call comes in". Your app answers; callers can leave a message when it is late or down.',
    ],
    deadline: '5s',
    otherwise: 'replies/voicemail.xml',
  },
  sms: {
    says: [
      '// "A message comes in". Your app answers; senders hear from us when it is late or down.',
    ],
    deadline: '10s',
    otherwise: 'replies/auto-reply.xml',
  },
} as const

function toApp(channel: Channel, answers: Answers): string[] {
  const { says, deadline, otherwise } = APPS[channel]
  return [
    ...says,
    `${channel}: {`,
    `  path: ${toLiteral(decidePaths(answers)[channel])},`,
    `  reply: origin(${toLiteral(answers.apps[channel] ?? '')}, {`,
    `    deadline: '${deadline}',`,
    `    otherwise: { twiml: file('${otherwise}') },`,
    '  }),',
    '},',
  ]
}

function toStatus({ channels }: Answers): string[] {
  const what = { voice: 'calls and recordings', sms: 'messages' }
  const list = channels.length === 2 ? 'messages, calls and recordings' : what[channels[0] ?? 'sms']
  return [
    `// Status callbacks of ${list}: they only become events.`,
    `status: { path: '${STATUS_PATH}' },`,
  ]
}

function toFallback({ channels }: Answers): string[] {
  const hasVoice = channels.includes('voice')
  const hasSms = channels.includes('sms')
  const voicemail = "twiml: file('replies/voicemail.xml')"
  const nothing = "{ twiml: '<Response/>' }"
  const head = [
    '// "Primary handler fails": Twilio comes here when it gets no good answer elsewhere.',
  ]
  if (!(hasVoice && hasSms)) {
    const reply = hasVoice ? `{ ${voicemail} }` : nothing
    return [
      ...head,
      'fallback: {',
      `  path: '${FALLBACK_PATH}',`,
      "  kind: 'fallback',",
      `  reply: ${reply},`,
      '},',
    ]
  }
  return [
    ...head,
    'fallback: {',
    `  path: '${FALLBACK_PATH}',`,
    "  kind: 'fallback',",
    '  reply: [',
    `    { when: { CallSid: { $exists: true } }, ${voicemail} },`,
    `    ${nothing},`,
    '  ],',
    '},',
  ]
}

/** Paths that only the app knows: where its TwiML sends a call next. */
function toRest({ apps }: Answers): string[] {
  const app = URL.parse(apps.voice ?? apps.sms ?? '')
  if (app === null) return []
  return [
    '// Whatever else your app\'s TwiML leads to, as in action="/menu".',
    'app: {',
    "  path: '/*',",
    `  reply: origin(${toLiteral(`${app.origin}/*`)}, { deadline: '5s' }),`,
    '},',
  ]
}
