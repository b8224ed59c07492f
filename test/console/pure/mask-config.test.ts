/** What of a config a viewer gets: everything but numbers, headers and what is behind a URL's origin. */
import { expect, it } from 'vitest'
import { maskConfig } from '../../../src/console/masking/mask-config.ts'
import { createConfig, createEndpoint, createTarget } from '../../config/configs.ts'

const SID = `AC${'0123456789abcdef'.repeat(2)}`
const say = (text: string) => ({
  type: 'twiml' as const,
  twiml: `<Response><Dial>${text}</Dial></Response>`,
})

it('masks numbers wherever people write them, and nothing that is none', () => {
  const numbers = ['+14155550101', '415-555-0101', '(415) 555 0101', 'sip:4155550101@example.com']
  const config = createConfig({
    endpoints: [
      createEndpoint({
        replies: [
          ...numbers.map((number) => ({
            ...say(number),
            when: { $or: [{ To: { $in: [number] } }] },
          })),
          { type: 'json', status: 200, json: { to: numbers, count: 4155550101, n: 7 }, when: null },
          { ...say('2026'), when: { AccountSid: SID, Body: 'STOP 1234567' } },
        ],
      }),
    ],
    targets: [createTarget({ where: { From: { $ne: '+14155550101' } } })],
  })
  const masked = maskConfig(config)
  expect(JSON.stringify(masked)).not.toMatch(/415.{0,3}555.?0101/)
  const [endpoint] = masked.endpoints
  expect(endpoint?.replies[0]).toEqual({
    ...say('+1•••••••01'),
    when: { $or: [{ To: { $in: ['+1•••••••01'] } }] },
  })
  expect(endpoint?.replies.at(-2)).toMatchObject({ json: { n: 7 } })
  expect(endpoint?.replies.at(-1)).toEqual(config.endpoints[0]?.replies.at(-1))
  expect(masked.targets[0]?.timeoutMs).toBe(10_000)
})

it('shows of URLs the origin, of headers the name, of secrets the name', () => {
  const config = createConfig({
    endpoints: [
      createEndpoint({
        replies: [
          {
            type: 'origin',
            url: 'https://app.example.com/voice?key=s3cret',
            deadlineMs: 5_000,
            otherwise: say('+14155550101'),
            when: null,
          },
        ],
      }),
    ],
    targets: [
      createTarget({ url: 'https://hooks.example.com/T0/s3cret', headers: { 'X-Key': 's3cret' } }),
      createTarget({ name: 'hidden', url: '', urlSecret: 'HOOK_URL' }),
      createTarget({ name: 'plain', url: 'https://plain.example.com' }),
    ],
  })
  const masked = maskConfig(config)
  expect(JSON.stringify(masked)).not.toMatch(/s3cret|4155550101/)
  expect(masked.endpoints[0]?.replies[0]).toMatchObject({ url: 'https://app.example.com/••••' })
  expect(masked.targets).toMatchObject([
    { url: 'https://hooks.example.com/••••', headers: { 'X-Key': '•••• (6 characters)' } },
    { url: '', urlSecret: 'HOOK_URL', secrets: ['CRM_SECRET'] },
    { url: 'https://plain.example.com' },
  ])
})
