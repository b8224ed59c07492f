/**
 * Fills a ledger with events as a gateway has them: calls of four webhooks each, texts that come in, status
 * callbacks; most of them delivered at once, some late, a few dead, waiting, unmatched or replayed.
 *
 * All of it is SQL and the same each time. Nothing in it is real: numbers are Twilio's magic ones and
 * ten digits of a counter.
 */
import { packMessage, toStoredSql } from '../src/ledger/message-text.ts'

export interface Seed {
  /** How many events. Replays come on top. */
  events: number
  /** When the first and the last one were received, milliseconds since the epoch. */
  from: number
  until: number
}

/** So many events in one statement; a local D1 writes 10,000 in about a second. */
const CHUNK = 10_000
/** 13 digits of a prime: spreads what a counter gives. */
const MIX = 2_654_435_761

const PARAMS = {
  ToCountry: 'US',
  ToState: 'MI',
  SmsMessageSid: '{sid}',
  NumMedia: '0',
  ToCity: 'COLEMAN',
  FromZip: '22036',
  SmsSid: '{sid}',
  FromState: 'VA',
  SmsStatus: 'received',
  FromCity: 'CENTREVILLE',
  Body: 'Is order {n} on its way?',
  FromCountry: 'US',
  To: '{to}',
  ToZip: '48612',
  MessagingServiceSid: `MG${'0'.repeat(32)}`,
  NumSegments: '1',
  MessageSid: '{sid}',
  AccountSid: '{account}',
  From: '{from}',
  ApiVersion: '2010-04-01',
}

/** The stored message of each event, about 2.4 KB; `{…}` is filled in for each. */
const MESSAGE = JSON.stringify({
  v: 1,
  event: {
    specversion: '1.0',
    id: '{id}',
    source: '/endpoints/{endpoint}',
    type: 'twilio.webhook.{kind}',
    subject: '{sid}',
    time: '{time}',
    datacontenttype: 'application/json',
    kind: '{kind}',
    account: '{account}',
    region: 'us1',
    idempotencykey: '{kind}/{sid}/{n}',
    traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`,
    data: {
      ...Object.fromEntries(
        Object.entries(PARAMS).map(([name, value]) => [
          name.charAt(0).toLowerCase() + name.slice(1),
          value,
        ]),
      ),
      params: PARAMS,
    },
  },
  request: {
    method: 'POST',
    contentType: 'application/x-www-form-urlencoded',
    query: '',
    body: new URLSearchParams(PARAMS).toString().replaceAll('%7B', '{').replaceAll('%7D', '}'),
    encoding: 'utf-8',
    idempotencyToken: '{n}-0000-0000-0000-000000000000',
    keyName: 'primary',
  },
})

// ?1, ?2: the first number and how many; ?3, ?4: the first instant, and the time between two; ?5: above
// what seq. `thing` is a call, or four messages. JavaScript's numbers come as REAL, hence the CASTs.
const EVENTS = `
  WITH RECURSIVE
    numbers (n) AS (
      SELECT CAST(?1 AS INTEGER) UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?1 + ?2
    ),
    things AS (SELECT n, n / 4 AS thing, n % 4 AS step, (n * ${MIX}) % 1000 AS luck FROM numbers),
    kinds AS (SELECT *, CASE
        WHEN thing % 5 < 2 THEN
          ('["voice.inbound","voice.gather.action","voice.recording.status","voice.call.status"]'
            ->> step)
        WHEN thing % 5 = 2 THEN iif(luck < 60, 'conversations.post', 'messaging.inbound')
        ELSE 'messaging.status' END AS kind FROM things),
    rows AS (SELECT *,
        iif(kind LIKE 'voice.%', printf('CA%032x', thing),
          iif(kind = 'messaging.status', printf('SM%032x', thing), printf('SM%031x0', n))) AS thread,
        CAST(?3 + n * ?4 AS INTEGER) AS at FROM kinds)
  INSERT INTO events (seq, claim, event_id, replay, owner, lease_until, received_at, recorded_at, kind,
                      source, account, subject, targets, from_address, to_address, thread, took_ms)
  SELECT CAST(?5 AS INTEGER) + n + 1, printf('evt_%032x', (n * ${MIX}) % 4294967296 * 1000000 + n),
         printf('evt_%032x', (n * ${MIX}) % 4294967296 * 1000000 + n), NULL, 'seed', 0,
         at, at + 300 + luck, kind,
         '/endpoints/' || iif(kind LIKE 'voice.%', 'voice', iif(kind LIKE '%.status', 'status', 'sms')),
         printf('AC%032x', luck % 3),
         iif(kind = 'voice.recording.status', printf('RE%032x', thing), thread),
         CASE WHEN kind = 'conversations.post' THEN '[]'
              WHEN kind = 'messaging.inbound' THEN '["crm","slack"]' ELSE '["crm"]' END,
         printf('+1500555%04d', thing % 5000), '+15005550' || printf('%03d', luck % 20), thread,
         iif(luck % 10 = 0, 200 + luck * 3, 2 + luck % 30)
  FROM rows`

const TEXTS = `
  SELECT seq, ${toReplaces({
    id: 'event_id',
    sid: 'subject',
    kind: 'kind',
    account: 'account',
    from: 'from_address',
    to: 'to_address',
    endpoint: `substr(source, 12)`,
    time: `strftime('%Y-%m-%dT%H:%M:%fZ', received_at / 1000.0, 'unixepoch')`,
    n: 'CAST(seq AS TEXT)',
  })} AS text
  FROM events WHERE seq > ?2 AND replay IS NULL ORDER BY seq LIMIT 1000`
const STORE = `
  UPDATE events SET message = ${toStoredSql('value')}, key_name = 'primary' FROM json_each(?1)
  WHERE events.seq = value ->> 'seq'`

// Of a thousand: two are dead, two wait, thirty needed a second attempt. Dead ones die for crm.
const DELIVERIES = `
  WITH owed AS (
    SELECT seq, value AS target, recorded_at AS at, (seq * ${MIX}) % 1000 AS luck
    FROM events, json_each(targets) WHERE seq > ?1 AND replay IS NULL
  )
  INSERT INTO deliveries (seq, target, status, attempts, next_at, reason, updated_at, history)
  SELECT seq, target,
         CASE WHEN target = 'crm' AND luck < 2 THEN 'dead' WHEN luck BETWEEN 2 AND 3 THEN 'waiting'
              ELSE 'delivered' END,
         2,
         iif(luck BETWEEN 2 AND 3, at + 3600000, NULL), iif(luck < 4, 'status_503', NULL), at + 200,
         json_array(${toAttempt(503, "'retry'", "'status 503'")}, ${toAttempt(
           `CASE WHEN luck < 4 THEN 503 ELSE 200 END`,
           `CASE WHEN luck < 4 THEN 'retry' ELSE 'delivered' END`,
           `CASE WHEN luck < 4 THEN 'status 503' END`,
         )})
  FROM owed WHERE luck < 34`
// All others went well at once.
const SETTLED = `
  UPDATE events SET settled = (
    SELECT json_group_object(value, ${toAttempt(200, "'delivered'", 'NULL')})
    FROM (SELECT value, recorded_at AS at, (seq * ${MIX}) % 1000 AS luck FROM json_each(targets))
  )
  WHERE seq > ?1 AND replay IS NULL AND targets <> '[]' AND (seq * ${MIX}) % 1000 >= 34`

/** Of a hundred dead ones, ninety were sent again, and most arrived. */
const REPLAYS = `
  INSERT INTO events (claim, event_id, replay, owner, lease_until, received_at, recorded_at, kind, source,
                      account, subject, targets, from_address, to_address, thread)
  SELECT event_id || '~rpl_seed', event_id, 'rpl_seed', 'seed', 0, received_at, ?2, kind, source, account,
         subject, '["crm"]', from_address, to_address, thread
  FROM deliveries JOIN events USING (seq)
  WHERE deliveries.status <> 'delivered' AND deliveries.status = 'dead' AND seq > ?1 AND seq % 10 > 0`
const REPLAYED = `
  INSERT INTO deliveries (seq, target, status, attempts, next_at, reason, updated_at, history)
  SELECT seq, 'crm', iif(seq % 10 = 0, 'dead', 'delivered'), 1, NULL, NULL, ?2, '[]'
  FROM events WHERE seq > ?1 AND replay = 'rpl_seed'`

function toAttempt(status: number | string, verdict: string, reason: string): string {
  const excerpt = `'{"ok":true,"id":"' || seq || '"}'`
  return `json_object('at', at, 'durationMs', 20 + luck % 90, 'status', ${status}, 'verdict', ${verdict},
    'reason', ${reason}, 'excerpt', ${excerpt}, 'nextAt', NULL)`
}

function toReplaces(columns: Readonly<Record<string, string>>): string {
  return Object.entries(columns).reduce(
    (sql, [name, column]) => `replace(${sql}, '{${name}}', ${column})`,
    '?1',
  )
}

/** Any D1, with the migrations; what is in it stays. */
export async function seedLedger(db: D1Database, { events, from, until }: Seed): Promise<void> {
  const stepMs = (until - from) / Math.max(1, events - 1)
  const before = await readLastSeq(db)
  for (let n = 0; n < events; n += CHUNK) {
    const count = Math.min(CHUNK, events - n)
    const last = before + n
    await db.prepare(EVENTS).bind(n, count, from, stepMs, before).run()
    await storeMessages(db, last)
    await db.prepare(DELIVERIES).bind(last).run()
    await db.prepare(SETTLED).bind(last).run()
  }
  const last = await readLastSeq(db)
  await db.prepare(REPLAYS).bind(before, until).run()
  await db.prepare(REPLAYED).bind(last, until).run()
}

/** Compressed, as the ledger has them. */
async function storeMessages(db: D1Database, after: number): Promise<void> {
  for (let last = after; ;) {
    const { results } = await db
      .prepare(TEXTS)
      .bind(MESSAGE, last)
      .all<{ seq: number; text: string }>()
    const rows = results.map(({ seq, text }) => ({ seq, ...packMessage(text) }))
    const end = rows.at(-1)
    if (!end) return
    await db.prepare(STORE).bind(JSON.stringify(rows)).run()
    last = end.seq
  }
}

async function readLastSeq(db: D1Database): Promise<number> {
  const row = await db.prepare('SELECT max(seq) AS seq FROM events').first<{ seq: number | null }>()
  return row?.seq ?? 0
}
