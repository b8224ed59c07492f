/** Publishing into a real KV: what is there after each way in which it can go wrong. */
import { Miniflare } from 'miniflare'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { toDocument } from '../../../src/config/document.ts'
import { listPublications, readKept } from '../../../src/config/published/history.ts'
import { createBoundStore, type KvStore } from '../../../src/config/published/kv-store.ts'
import { readLive } from '../../../src/config/published/live.ts'
import { HISTORY_PREFIX } from '../../../src/config/published/publication.ts'
import { publishDocument, type PublishRequest } from '../../../src/config/published/publish.ts'
import { placePublications } from '../../../src/config/published/standing.ts'
import { CONFIG_KEY } from '../../../src/config/source.ts'
import { createDocument } from '../configs.ts'

const miniflare = new Miniflare({
  workers: [
    {
      config: {
        name: 'kv',
        compatibilityDate: '2026-10-12',
        manifest: {
          mainModule: 'index.mjs',
          modules: {
            'index.mjs': {
              type: 'esm',
              contents: 'export default { fetch: () => new Response() }',
            },
          },
        },
        env: { KV: { type: 'kv', id: 'kv' } },
      },
    },
  ],
})
afterAll(() => miniflare.dispose())

const kv = await miniflare.getKVNamespace('KV', 'kv')
// Its types are of another edition of the same API.
const store: KvStore = createBoundStore(kv as unknown as KVNamespace)

beforeEach(async () => {
  const { keys } = await kv.list()
  await Promise.all(keys.map(({ name }) => kv.delete(name)))
})

const START = Date.UTC(2026, 10, 25, 12)
const MINUTE_MS = 60_000
const [one, two, three] = [createDocument(1), createDocument(2), createDocument(3)]

const at = (minute: number, rest: Partial<PublishRequest> = {}): PublishRequest => ({
  by: 'someone@example.com',
  at: START + minute * MINUTE_MS,
  how: 'push',
  ...rest,
})

/** What became of it, or why not. */
async function publish(...args: Parameters<typeof publishDocument>): Promise<string> {
  const outcome = await publishDocument(...args)
  return outcome.ok ? outcome.value : outcome.error.reason
}

async function readState() {
  const live = await readLive(store)
  const mark = live.state === 'published' ? live.version : null
  const placed = placePublications(await listPublications(store), mark)
  return {
    live: mark,
    history: placed.map(({ version, standing }) => [version, standing]).toReversed(),
  }
}

/** A store of which the n-th write fails, done or not. */
function failAtWrite(n: number, isDone: boolean): KvStore {
  let writes = 0
  return {
    ...store,
    async put(...args) {
      writes += 1
      if (writes === n && !isDone) throw new Error('KV is away')
      await store.put(...args)
      if (writes === n) throw new Error('the answer was lost')
    },
  }
}

describe('publishDocument', () => {
  it('publishes, keeps, and says who, when, how and why', async () => {
    expect(await publish(store, one, at(0, { message: ' first ' }))).toBe('published')
    expect(await publish(store, two, at(5, { how: 'deploy' }))).toBe('published')
    expect(await store.get(CONFIG_KEY)).toBe(JSON.stringify(two))
    const [newest, first, ...more] = await listPublications(store)
    expect(more).toEqual([])
    expect(newest).toMatchObject({ version: two.version, how: 'deploy', replaces: one.version })
    expect(first).toMatchObject({
      version: one.version,
      at: START,
      by: 'someone@example.com',
      how: 'push',
      message: 'first',
      replaces: null,
    })
    const kept = first && (await readKept(store, first))
    expect(kept).toEqual({ ok: true, value: one.config })
  })

  it('changes nothing when the same is live already', async () => {
    await publish(store, one, at(0))
    expect(await publish(store, one, at(5))).toBe('unchanged')
    expect((await readState()).history).toHaveLength(1)
  })

  it('publishes over a document that is broken, even one of the same version', async () => {
    await store.put(CONFIG_KEY, JSON.stringify({ ...one, sha256: 'edited' }))
    expect(await publish(store, one, at(0))).toBe('published')
    expect(await readState()).toMatchObject({ live: one.version })
    expect(await listPublications(store)).toMatchObject([{ replaces: '(broken)' }])
  })

  it('publishes over another document that bears the same version', async () => {
    await store.put(CONFIG_KEY, JSON.stringify(toDocument(two.config, one.version)))
    expect(await publish(store, one, at(0))).toBe('published')
    expect(await store.get(CONFIG_KEY)).toBe(JSON.stringify(one))
  })

  it('keeps the order of the history, whatever the clocks of the publishers say', async () => {
    await publish(store, one, at(60))
    await publish(store, two, at(0))
    await publish(store, three, at(0))
    expect((await readState()).history.map(([version]) => version)).toEqual([
      one.version,
      two.version,
      three.version,
    ])
  })

  it('cuts a message to what KV takes', async () => {
    await publish(store, one, at(0, { message: '🎉"'.repeat(5_000), by: 'ü'.repeat(500) }))
    const [{ metadata } = { metadata: null }] = await store.list(HISTORY_PREFIX)
    const bytes = Buffer.byteLength(JSON.stringify(metadata))
    expect(bytes).toBeGreaterThan(950)
    expect(bytes).toBeLessThanOrEqual(1_024)
    expect((await listPublications(store))[0]?.message?.isWellFormed()).toBe(true)
  })
})

describe('publishDocument, when KV fails or the process dies', () => {
  it.each([
    ['at the first write', 1, false, 'not_kept', []],
    ['right after the first write', 1, true, 'not_kept', [[two.version, 'unfinished']]],
    ['at the second write', 2, false, 'not_live', [[two.version, 'unfinished']]],
  ] as const)(
    '%s: the old one stays, and running again finishes',
    async (_, n, isDone, code, left) => {
      await publish(store, one, at(0))
      expect(await publish(failAtWrite(n, isDone), two, at(10))).toBe(code)
      const before = await readState()
      expect(before.live).toBe(one.version)
      expect(before.history).toEqual([[one.version, 'live'], ...left])
      expect(await publish(store, two, at(10.1))).toBe('published')
      expect(await readState()).toEqual({
        live: two.version,
        history: [[one.version, 'replaced'], ...left, [two.version, 'live']],
      })
    },
  )

  it('right after the second write: it is live, and running again changes nothing', async () => {
    expect(await publish(failAtWrite(2, true), one, at(0))).toBe('not_live')
    expect(await readState()).toEqual({ live: one.version, history: [[one.version, 'live']] })
    expect(await publish(store, one, at(0.1))).toBe('unchanged')
  })
})

describe('publishDocument, when somebody else publishes', () => {
  it('refuses to overwrite what the caller has not seen', async () => {
    await publish(store, one, at(0))
    const seen = await readLive(store)
    await publish(store, two, at(5))
    expect(await publish(store, three, at(10, { seen }))).toBe('changed_meanwhile')
    expect((await readState()).live).toBe(two.version)
    expect(await publish(store, three, at(10, { seen, force: true }))).toBe('published')
  })

  /** Does something else right before the first write. */
  const interrupt = (work: () => Promise<unknown>): KvStore => {
    let isDone = false
    return {
      ...store,
      async put(...args) {
        if (!isDone) {
          isDone = true
          await work()
        }
        await store.put(...args)
      },
    }
  }

  it('stops when another was faster between its look and its writes', async () => {
    await publish(store, one, at(0))
    const slow = interrupt(() => publish(store, two, at(5)))
    expect(await publish(slow, three, at(6))).toBe('changed_meanwhile')
    expect((await readState()).live).toBe(two.version)
  })

  it('stops when another has announced itself and is not live yet', async () => {
    await publish(store, one, at(0))
    const slow = interrupt(() => publish(failAtWrite(2, false), two, at(5)))
    expect(await publish(slow, three, at(6))).toBe('changed_meanwhile')
    expect((await readState()).live).toBe(one.version)
  })

  it('stops when the live one was changed by other means', async () => {
    await publish(store, one, at(0))
    const slow = interrupt(() => store.put(CONFIG_KEY, JSON.stringify(two)))
    expect(await publish(slow, three, at(6))).toBe('changed_meanwhile')
    expect((await readState()).live).toBe(two.version)
  })

  it('takes another who publishes the same version for no obstacle', async () => {
    await publish(store, one, at(0))
    const seen = await readLive(store)
    const request = (minute: number) => at(minute, { seen, how: 'rollback' })
    const slow = interrupt(() => publish(failAtWrite(2, false), two, request(5)))
    expect(await publish(slow, two, request(5.01))).toBe('published')
    expect((await readState()).live).toBe(two.version)
    const late = interrupt(() => publish(store, three, at(7)))
    expect(await publish(late, three, at(7.01))).toBe('published')
    expect((await readState()).live).toBe(three.version)
  })

  it('of two at the very same time lets one through at most', async () => {
    await publish(store, one, at(0))
    const seen = await readLive(store)
    const outcomes = await Promise.all(
      [two, three].map((document) => {
        return publish(store, document, at(5, { seen }))
      }),
    )
    const published = outcomes.filter((outcome) => outcome === 'published').length
    expect(published).toBeLessThanOrEqual(1)
    expect(outcomes).toContain('changed_meanwhile')
    const { live } = await readState()
    const expected = [two, three].find((_, i) => outcomes[i] === 'published') ?? one
    expect(live).toBe(expected.version)
  })
})

describe('publishDocument, when KV shows an older state', () => {
  /** What is live is read from before; the list is not. */
  async function createStale(): Promise<KvStore> {
    await publish(store, one, at(0))
    const old = await store.get(CONFIG_KEY)
    await publish(store, two, at(10))
    return { ...store, get: (key) => (key === CONFIG_KEY ? Promise.resolve(old) : store.get(key)) }
  }

  it('waits for the publication of another that it does not see yet', async () => {
    const stale = await createStale()
    const again = (minute: number) => publish(stale, three, at(minute))
    expect(await again(10.5)).toBe('unsettled')
    expect((await readState()).live).toBe(two.version)
    // After a minute it counts as one that broke off.
    expect(await again(11.5)).toBe('published')
  })

  it('does not call a rollback "unchanged" on such evidence', async () => {
    const stale = await createStale()
    expect(await publish(stale, one, at(10.5, { how: 'rollback' }))).toBe('published')
    expect((await readState()).live).toBe(one.version)
  })
})

describe('listPublications', () => {
  it('takes a kept document with unreadable metadata, and no other key', async () => {
    const id = '2026-11-25T12:00:00.000Z:v9'
    await store.put(`${HISTORY_PREFIX}${id}`, '', { by: 7, how: 'magic' })
    await store.put(`${HISTORY_PREFIX}something`, '')
    const [only, ...more] = await listPublications(store)
    expect([only, more]).toEqual([
      {
        id,
        version: 'v9',
        at: START,
        by: 'unknown',
        how: 'unknown',
        message: null,
        replaces: null,
        restores: null,
      },
      [],
    ])
    expect(only && (await readKept(store, only))).toMatchObject({ error: { reason: 'not_json' } })
  })
})
