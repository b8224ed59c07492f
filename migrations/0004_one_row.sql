-- One row for each event: its message, and what became of it when all went well, move into it.
--
-- An event that its targets take at once writes three rows: two here (the table and its unique index), and
-- the first once more when it is known that it was delivered. Deleted later is one.

-- JSON: NULL, or by the name of a target the one attempt at which it was delivered, as in
-- deliveries.history. A delivery is recorded here or in `deliveries`, never in both: here when its first
-- attempt went well and nothing was recorded before.
ALTER TABLE events ADD COLUMN settled TEXT;
-- Which key of the ring signed the request; NULL: not known, or none did.
ALTER TABLE events ADD COLUMN key_name TEXT;
-- The queue message without what the config redacts: a BLOB is compressed (src/ledger/message-text.ts), TEXT
-- is as it came. NULL: a replay. The last column, so that lists need not read past it.
ALTER TABLE events ADD COLUMN message BLOB;

UPDATE events SET
  message = payloads.message,
  key_name = CASE WHEN json_valid(payloads.message) THEN payloads.message ->> '$.request.keyName' END
FROM payloads
WHERE payloads.seq = events.seq;

DROP TABLE payloads;

-- All deliveries, wherever they are recorded: of an event whose seq one knows. A join with it goes through
-- all of both. What only looks for those that are not delivered asks `deliveries`, which has an index for it.
CREATE VIEW all_deliveries AS
SELECT seq, target, status, attempts, next_at, reason, updated_at, history FROM deliveries
UNION ALL
SELECT
  events.seq,
  clean.key,
  'delivered',
  1,
  NULL,
  NULL,
  (clean.value ->> 'at') + (clean.value ->> 'durationMs'),
  json_array(json(clean.value))
FROM events, json_each(events.settled) AS clean;

DROP VIEW attempts;
CREATE VIEW attempts AS
SELECT
  all_deliveries.seq,
  all_deliveries.target,
  attempt.key + 1 AS number,
  attempt.value ->> 'at' AS at,
  attempt.value ->> 'durationMs' AS duration_ms,
  -- The HTTP status; NULL when there was no answer.
  attempt.value ->> 'status' AS status,
  attempt.value ->> 'verdict' AS verdict,
  attempt.value ->> 'reason' AS reason,
  -- The first KB of the answer.
  attempt.value ->> 'excerpt' AS excerpt,
  attempt.value ->> 'nextAt' AS next_at
FROM all_deliveries, json_each(all_deliveries.history) AS attempt;
