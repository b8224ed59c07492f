import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DEFAULT_MIX, ENEMIES, parseMix, STORIES } from '../../../src/cli/simulate/mix.ts'
import { planConversations, type PlanOptions } from '../../../src/cli/simulate/plan.ts'
import { toWebhook } from '../../../src/cli/simulate/to-webhook.ts'
import { isRefused, spoilBody } from '../../../src/cli/simulate/spoil.ts'
import { verifySignature } from '../../../src/twilio/signature.ts'
import { parseForm } from '../../../src/twilio/params.ts'

const places = {
  sms: 'http://127.0.0.1:8787/sms',
  voice: 'http://127.0.0.1:8787/voice',
  status: 'http://127.0.0.1:8787/status',
}
const ACCOUNT = `AC${'1'.repeat(32)}`
const signer = { account: ACCOUNT, token: '0123456789abcdef0123456789abcdef' }
const identity = { signer, publicUrl: null, date: new Date(0) }

const planOf = (options: Partial<PlanOptions> = {}) =>
  planConversations({ seed: 'a', count: 500, rate: 50, mix: DEFAULT_MIX, places, ...options })
const requestsOf = (options: Partial<PlanOptions> = {}) =>
  planOf(options).flatMap(({ requests }) => requests)

describe('planConversations', () => {
  it('gives the same list for the same seed, here and everywhere', () => {
    const digest = createHash('sha256').update(JSON.stringify(planOf())).digest('hex')
    expect(digest).toMatchInlineSnapshot(
      `"afb558484a27402be9306273cbf746317fc5cffd8e9f098defe0d24d4181cc64"`,
    )
    const other = createHash('sha256').update(JSON.stringify(planOf({ seed: 'b' })))
    expect(other.digest('hex')).not.toBe(digest)
  })

  it('has the count, the rate and the mix that were asked for', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[\w-]{1,8}$/),
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 1, max: 500 }),
        fc.subarray([...STORIES], { minLength: 1 }),
        (seed, count, rate, names) => {
          const mix = Object.fromEntries(names.map((name) => [name, 1]))
          const plan = planOf({ seed, count, rate, mix })
          const requests = plan.flatMap((each) => each.requests)
          expect(requests).toHaveLength(count)
          expect(planOf({ seed, count, rate, mix })).toEqual(plan)
          expect(plan.every(({ story }) => names.includes(story))).toBe(true)
          const starts = plan.map((each) => each.requests[0]?.atMs ?? Number.NaN)
          expect(starts).toEqual(starts.toSorted((one, next) => one - next))
          expect(starts.at(-1)).toBeLessThanOrEqual((count / rate) * 1_000)
          for (const each of plan) {
            const times = each.requests.map(({ atMs }) => atMs)
            expect(times).toEqual(times.toSorted((one, next) => one - next))
            expect(each.requests[0]?.isTogether).toBe(false)
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it('repeats to the letter, also at once, and puts statuses out of order', () => {
    const requests = requestsOf()
    const groups = Map.groupBy(
      requests.filter(({ enemy }) => enemy === null),
      ({ token }) => token,
    )
    const repeated = [...groups.values()].filter(({ length }) => length > 1)
    expect(repeated.length).toBeGreaterThan(20)
    for (const [first, ...rest] of repeated) {
      for (const each of rest) expect(each.request).toEqual(first?.request)
    }
    expect(requests.some(({ isTogether }) => isTogether)).toBe(true)
    const statuses = planOf({ mix: { message: 1 } }).map((each) =>
      each.requests.flatMap(({ request }) => {
        const status = request.set.find(([name]) => name === 'MessageStatus')
        return status ? [status[1]] : []
      }),
    )
    expect(statuses).toContainEqual(['queued', 'sent', 'delivered'])
    expect(statuses.some(([first]) => first === 'delivered')).toBe(true)
  })

  it.each([
    ['message=1', { message: 1 }],
    ['message=1, forged=0', { message: 1, forged: 0 }],
    ['', null],
    ['message', null],
    ['message=0', null],
    ['message=1,message=2', null],
    ['massage=1', null],
    ['message=1001', null],
    ['message=-1', null],
  ])('reads the mix %j', (text, mix) => {
    expect(parseMix(text)).toEqual(mix)
  })
})

/** What the gateway would say to it. */
function isSigned(webhook: ReturnType<typeof toWebhook>): boolean {
  const { url, headers, body } = webhook
  const isForm = headers['content-type']?.startsWith('application/x-www-form') ?? false
  const key = { name: 'default', account: null, token: signer.token }
  const request = {
    url,
    signature: headers['x-twilio-signature'] ?? null,
    bodyType: isForm ? ('form' as const) : ('json' as const),
    pairs: isForm ? parseForm(body ?? '') : [],
    body: Buffer.from(body ?? ''),
  }
  return verifySignature(request, [key]).ok
}

describe('toWebhook', () => {
  it('makes the same of the same, signed unless an enemy spoils it', () => {
    const requests = requestsOf({ count: 300 })
    for (const each of requests) {
      const webhook = toWebhook(each, identity)
      expect(isSigned(webhook)).toBe(each.enemy === null || each.enemy === 'huge')
    }
    const once = requests.slice(0, 50).map((each) => toWebhook(each, identity).headers)
    expect(requests.slice(0, 50).map((each) => toWebhook(each, identity).headers)).toEqual(once)
  })

  it('makes batches of Event Streams, whose events differ', () => {
    const bodies = requestsOf({ count: 30, mix: { events: 1 } }).map((each): { id: string }[] =>
      JSON.parse(toWebhook(each, identity).body ?? ''),
    )
    expect(bodies.some(({ length }) => length > 1)).toBe(true)
    for (const batch of bodies) expect(new Set(batch.map(({ id }) => id)).size).toBe(batch.length)
  })

  it('makes enemies that differ in nothing else than they have to', () => {
    const [genuine] = requestsOf({ count: 1, mix: { message: 1 } })
    if (!genuine) throw new Error('no plan')
    const good = toWebhook(genuine, identity)
    const made = Object.fromEntries(
      ENEMIES.map((enemy) => [enemy, toWebhook({ ...genuine, enemy }, identity)]),
    )
    expect(made['forged']?.body).toBe(good.body)
    expect(made['truncated']?.headers).toEqual(good.headers)
    expect(made['truncated']?.body).not.toBe(good.body)
    expect(made['replayed']?.headers).toEqual(good.headers)
    expect(made['replayed']?.body).not.toBe(good.body)
    expect(made['huge']?.body?.length).toBeGreaterThan(256 * 1024)
    expect(made['foreign']?.body).not.toContain(ACCOUNT)
    expect(spoilBody(good, null)).toBe(good)
  })

  it.each([
    ['forged', 403, true],
    ['forged', 200, false],
    ['forged', 0, false],
    ['forged', 500, false],
    ['huge', 413, true],
    ['truncated', 413, false],
  ] as const)('%s: %i is a refusal: %s', (enemy, status, expected) => {
    expect(isRefused(enemy, status)).toBe(expected)
  })
})
