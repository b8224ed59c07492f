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
  fallback: 'http://127.0.0.1:8787/fallback',
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
      `"41a08a41494ffed84929ecd38288e317e7a3423a6a448f7c797c85dc0ae380aa"`,
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
        fc.integer({ min: 1, max: 8 }),
        (seed, count, rate, names, edges) => {
          const mix = Object.fromEntries(names.map((name) => [name, 1]))
          const plan = planOf({ seed, count, rate, mix, edges })
          const requests = plan.flatMap((each) => each.requests)
          expect(requests).toHaveLength(count)
          const again = planOf({ seed, count, rate, mix, edges })
          expect(JSON.stringify(again)).toBe(JSON.stringify(plan))
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

  it('makes enemies of Event Streams, whose hash or signature does not hold', () => {
    const [genuine] = requestsOf({ count: 1, mix: { events: 1 } })
    if (!genuine) throw new Error('no plan')
    const good = toWebhook(genuine, identity)
    expect(isSigned(good)).toBe(true)
    const isRight = ({ url, body }: typeof good) =>
      url.endsWith(`bodySHA256=${createHash('sha256').update(`${body}`).digest('hex')}`)
    for (const [enemy, hasRightHash] of [
      ['forged', true],
      ['foreign', true],
      ['replayed', false],
      ['truncated', false],
      ['rehashed', true],
    ] as const) {
      const bad = toWebhook({ ...genuine, enemy }, identity)
      expect([enemy, isSigned(bad), isRight(bad)]).toEqual([enemy, false, hasRightHash])
    }
    const rehashed = toWebhook({ ...genuine, enemy: 'rehashed' }, identity)
    expect(JSON.parse(rehashed.body ?? '').at(-1)).toMatchObject({ type: 'injected' })
    expect(rehashed.headers).toEqual(good.headers)
    const victims = requestsOf({ count: 200, mix: { forged: 1, replayed: 1 } })
    for (const enemy of ['forged', 'replayed'] as const) {
      const kinds = victims
        .filter((each) => each.enemy === enemy)
        .map(({ request }) => request.kind)
      expect(kinds).toContain('event-streams')
    }
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
