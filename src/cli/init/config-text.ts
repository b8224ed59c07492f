/**
 * The config of some answers, as a person would write it: what is not needed is not there, and each
 * part says when it is used. Pure: the same answers give the same text.
 */
import { EVENTS_SECRET, type Answers, type Channel } from './answers.ts'
import { decidePaths, FALLBACK_PATH, GOODBYE_PATH, STATUS_PATH } from './endpoint-paths.ts'

/** @param importPath of `src/config/index.ts`, as seen from the config */
export function toConfigText(answers: Answers, importPath: string): string {
  const endpoints = toEndpoints(answers)
  const body = [...toPublicUrl(answers), '', ...block('endpoints: {', endpoints, '},')]
  const target = toTarget(answers)
  if (target.length > 0) body.push('', ...block('targets: {', target, '},'))
  const used = ['defineConfig', 'file', 'origin'].filter(
    (name) => name === 'defineConfig' || endpoints.some((line) => line.includes(`${name}(`)),
  )
  return [
    '/**',
    ' * What the gateway answers and where events go. `switchboard init` wrote it for a start; it is yours',
    ' * now. Everything that can be written here is in docs/configuration.md.',
    ' */',
    `import { ${used.join(', ')} } from ${toLiteral(importPath)}`,
    '',
    ...block('export default defineConfig({', body, '})'),
    '',
  ].join('\n')
}

function toPublicUrl({ publicUrl }: Answers): string[] {
  if (publicUrl === null) {
    return [
      "// Add publicUrl when it is deployed: the origin that Twilio calls, 'https://hooks.example.com'.",
    ]
  }
  return [
    '// The origin that Twilio calls; signatures are checked against it.',
    `publicUrl: ${toLiteral(publicUrl)},`,
  ]
}

function toEndpoints(answers: Answers): string[] {
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
    `// Status callbacks of ${list}: no answer is needed, they only become events.`,
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

function toTarget({ events }: Answers): string[] {
  if (events === null) return []
  const isSigned = events.format === 'cloudevents'
  return [
    isSigned
      ? '// Gets every event as a CloudEvent, signed per Standard Webhooks.'
      : '// Gets every request as it came, signed again for this URL as Twilio does.',
    'app: {',
    `  url: ${toLiteral(events.url)},`,
    "  events: ['*'], // or some: ['messaging.*', 'voice.call.status']",
    isSigned
      ? `  secret: '${EVENTS_SECRET}', // the name of a secret, never the secret`
      : "  format: 'twilio',",
    '},',
  ]
}

const block = (head: string, body: readonly string[], end: string): string[] => [
  head,
  ...body.map((line) => (line === '' ? '' : `  ${line}`)),
  end,
]

/** A text in TypeScript, with the quotes that need fewer escapes. */
export function toLiteral(text: string): string {
  return /['\\]/.test(text) ? JSON.stringify(text) : `'${text}'`
}
