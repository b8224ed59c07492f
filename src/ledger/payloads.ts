/** The messages that the ledger keeps, for replays. */
import { toReadableSql, toText } from './message-text.ts'

// Also of an event that only messages of an older version brought, each for some targets: then the parts
// have it (`~` and DEL are the ends of their range in the unique index). The event's own comes last.
const READ = `
  SELECT wanted.value AS eventId, ${toReadableSql('events.message')} AS message
  FROM json_each(?1) AS wanted
  JOIN events ON events.claim >= wanted.value
    AND events.claim < wanted.value || '~' || char(127)
    AND events.event_id = wanted.value
    AND events.replay IS NULL AND events.message IS NOT NULL
  ORDER BY events.claim DESC`

/** By event id; what is not there, or no longer, is left out. What is damaged is no message any more. */
export async function readPayloads(
  db: D1Database,
  eventIds: readonly string[],
): Promise<Map<string, string>> {
  const { results } = await db
    .prepare(READ)
    .bind(JSON.stringify(eventIds))
    .all<{ eventId: string; message: string }>()
  return new Map(results.map(({ eventId, message }) => [eventId, toText(message)]))
}
