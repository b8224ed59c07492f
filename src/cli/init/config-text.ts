/**
 * The config of some answers, as a person would write it: what is not needed is not there, and each
 * part says when it is used. Pure: the same answers give the same text.
 */
import { EVENTS_SECRET, type Answers } from './answers.ts'
import { toEndpoints } from './endpoint-texts.ts'
import { toLiteral } from './literal.ts'

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
    ' * What the gateway answers and where events go. Written by `switchboard init`; it is yours now.',
    ' * Everything that can be written here is in docs/configuration.md.',
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
