/** Messages as the ledger stores them: what comes out is what went in, and what is damaged says so. */
import { createHash } from 'node:crypto'
import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DICTIONARIES } from '../../src/ledger/dictionary.ts'
import { packMessage, toText, unpackMessage } from '../../src/ledger/message-text.ts'
import { readEvent, readStored } from '../../src/ledger/reads/event.ts'
import { listEvents } from '../../src/ledger/reads/events.ts'
import { toMessage } from '../delivery/sample.ts'
import {
  db,
  insertRows,
  migrate,
  NOW,
  range,
  readMessages,
  storeMessages,
  toEventRow,
} from './harness.ts'
import { ledger, toNoise } from './requests.ts'

const MESSAGE = JSON.stringify(toMessage())

function toReadable(text: string): string {
  const packed = packMessage(text)
  return 'packed' in packed ? `x${packed.packed}` : `t${packed.text}`
}

describe('a message', () => {
  it.each([
    ['as the gateway writes it', MESSAGE],
    ['nothing', ''],
    ['no JSON', 'x'],
    ['characters of all kinds', `${MESSAGE} Köln ✓ \u{1F600} \0 \u2028`],
    ['half of a surrogate pair', `${'a'.repeat(500)}\ud83d`],
    ['what does not shrink', toNoise(100_000)],
    ['more than a dictionary reaches', MESSAGE.repeat(100)],
    ['more than is unpacked', 'x'.repeat(8_000_001)],
  ])('comes back: %s', (_name, text) => {
    expect(unpackMessage(toReadable(text))).toEqual({ ok: true, value: text })
  })

  it('takes less than half of it, else it is stored as it is', () => {
    const packed = packMessage(MESSAGE)
    expect('packed' in packed && packed.packed.length / 2 < MESSAGE.length / 2).toBe(true)
    expect(packMessage(toNoise(1_000))).toHaveProperty('text')
  })

  it('is read with the text that it was written with', () => {
    const hashes = [...DICTIONARIES].map(([number, bytes]) => [
      number,
      createHash('sha256').update(bytes).digest('hex'),
    ])
    // Never another one for a number that is here: what is stored could not be read any more.
    expect(hashes).toEqual([
      [1, 'fb4161a65529440ab0fdf24f1bed7cff080c4a5c12b50fe657215d419b8fcaab'],
    ])
    const stored = '01c3884d8c0043644c98afa0367b1fde969387922b9d90256a6bf179beb61600'
    expect(toText(`x${stored}`)).toBe(
      '{"v":1,"event":{"kind":"messaging.inbound","data":{"body":"Köln","params":{"Body":"Köln"}}},"request":{"method":"POST"}}',
    )
  })

  it.each([
    ['of a later version of ours', 'xFF00', 'unknown_dictionary'],
    ['of no version', 'x', 'unknown_dictionary'],
    ['cut off', toReadable(MESSAGE).slice(0, -20), 'corrupt'],
    ['no deflate', 'x01FFFFFFFF', 'corrupt'],
  ])('says so when it cannot be read: %s', (_name, readable, error) => {
    expect(unpackMessage(readable)).toEqual({ ok: false, error })
  })
})

describe('one that is damaged', () => {
  const KV = { get: () => Promise.resolve(null) }

  beforeEach(async () => {
    await migrate()
    await insertRows(
      'events',
      range(1, 3).map((seq) => toEventRow(seq)),
    )
    await storeMessages(range(1, 3).map((seq) => ({ seq, message: MESSAGE })))
    await db.prepare(`UPDATE events SET message = unhex('01FFFFFFFF') WHERE seq = 2`).run()
  })
  afterEach(() => reset())

  it('is no message for whoever asks for it, and the others are', async () => {
    const ids = range(1, 3).map((seq) => `evt_${seq}`)
    const texts = await ledger.payloads(ids)
    expect(ids.map((id) => texts.get(id) === MESSAGE)).toEqual([true, false, true])
    expect((await readMessages())[1]).toContain('corrupt')
    expect(await readStored(db, KV, 'evt_2')).toMatchObject({ state: 'unreadable' })
    expect(await readEvent(db, KV, 'evt_2')).toMatchObject({ stored: { state: 'unreadable' } })
    expect(await readStored(db, KV, 'evt_3')).toMatchObject({ state: 'whole' })
  })

  it('is passed over by a search', async () => {
    for (const text of ['corrupt', 'readable', 'example']) {
      const { rows } = await listEvents(db, { text }, { limit: 10 }, () => NOW)
      expect(rows.map(({ seq }) => seq)).not.toContain(2)
    }
    const { rows } = await listEvents(db, { text: 'KöLN' }, { limit: 10 }, () => NOW)
    expect(rows.map(({ seq }) => seq)).toEqual([3, 1])
  })
})
