import { reset } from 'cloudflare:test'
import { afterEach, describe, expect, it } from 'vitest'
import { bury } from '../../src/consumer/bury.ts'
import type { TextStore } from '../../src/consumer/large-events.ts'
import type { QueueMessage } from '../../src/events/message.ts'
import { toEvent, toMessage, toRequest } from '../delivery/sample.ts'
import { bindings, createOutlet, NOW } from './harness.ts'

afterEach(() => reset())

const { KV } = bindings
const ID = toEvent().id

async function buryOne(message: QueueMessage, changes: Partial<TextStore> = {}, refuses = false) {
  const dead = createOutlet()
  dead.refuses = refuses
  const lines: object[] = []
  const puts: string[] = []
  const store: TextStore = {
    get: (key) => KV.get(key),
    put(key, text, options) {
      puts.push(key)
      return KV.put(key, text, options)
    },
    ...changes,
  }
  const log = (line: object) => void lines.push(line)
  const isBuried = await bury(message, 'handler_failed', { dead, store, now: () => NOW, log })
  return { isBuried, lines, puts, letters: dead.sent.map(({ body }) => body) }
}

describe('bury', () => {
  it('writes a letter for each target that the message names', async () => {
    const message = toMessage({ targets: ['crm', 'erp'], attempts: 4, owner: 'message-7' })
    const of = { reason: 'handler_failed', attempts: 4, at: new Date(NOW).toISOString() }
    expect(await buryOne(message)).toEqual({
      isBuried: true,
      letters: ['crm', 'erp'].map((target) => ({ v: 1, dead: { target, ...of }, message })),
      lines: [],
      puts: [],
    })
  })

  it('writes one letter for all when it names nobody', async () => {
    const { letters } = await buryOne(toMessage())
    expect(letters).toMatchObject([{ dead: { target: '*', attempts: 0 } }])
  })

  it('puts a message into KV, once, that just fitted into the queue', async () => {
    const room = 126_950 - JSON.stringify(toMessage({ targets: ['crm', 'erp'] })).length
    const request = toRequest({ body: `${toRequest().body}${'x'.repeat(room)}` })
    const message = toMessage({ request, targets: ['crm', 'erp'] })
    const { isBuried, letters, puts } = await buryOne(message)
    expect(isBuried).toBe(true)
    const reference = { v: 1, ref: `event:${ID}`, targets: ['crm', 'erp'] }
    expect(letters).toMatchObject([
      { dead: { target: 'crm' }, message: reference },
      { dead: { target: 'erp' }, message: reference },
    ])
    expect(puts).toEqual([`event:${ID}`])
    const { targets: _, ...whole } = message
    expect(await KV.get(`event:${ID}`, 'json')).toEqual(whole)
  })

  it('says so when the queue refuses', async () => {
    const { isBuried, lines } = await buryOne(toMessage(), {}, true)
    expect(isBuried).toBe(false)
    expect(lines).toMatchObject([{ event: 'queue.refused', queue: 'dead', eventId: ID }])
  })

  it('says so when KV refuses what is too large', async () => {
    const request = toRequest({ body: 'x'.repeat(126_900) })
    const put = () => Promise.reject(new Error('KV PUT failed: 500'))
    const { isBuried, letters } = await buryOne(toMessage({ request }), { put })
    expect(isBuried).toBe(false)
    expect(letters).toEqual([])
  })
})
