-- The ledger: every event, to whom it is owed, and each attempt to deliver it.
--
-- An event that one target takes at once writes four rows, indexes included: two here (the table and
-- its unique index), one in payloads, one in deliveries. Since 0004 it writes three.
CREATE TABLE events (
  -- The order in which they came: newest first needs no index of its own.
  seq INTEGER PRIMARY KEY,
  -- What is claimed: the event's id, or the id, `~` and the name of a part of it: a replay (`rpl_…`),
  -- or the targets of a message that names them.
  claim TEXT NOT NULL UNIQUE,
  event_id TEXT NOT NULL,
  -- The id of the replay; NULL for the event as it came.
  replay TEXT,
  -- The queue message that is responsible; another one with the same claim is a copy. '' before any.
  owner TEXT NOT NULL,
  -- Until then nobody else works on it. Milliseconds since the epoch, as all times.
  lease_until INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  -- NULL when the event itself could not be read, as source, account and subject.
  kind TEXT,
  source TEXT,
  account TEXT,
  subject TEXT,
  -- JSON: the names of the targets that it is owed to; [] when none matched.
  targets TEXT NOT NULL
);

-- Apart, so that a list of events reads little.
CREATE TABLE payloads (
  seq INTEGER PRIMARY KEY,
  -- The queue message as JSON text, without what the config redacts; as it came when nobody can read it.
  message TEXT NOT NULL
);

CREATE TABLE deliveries (
  seq INTEGER NOT NULL,
  -- A target's name; '*' when the message could not be read.
  target TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('waiting', 'delivered', 'dead')),
  attempts INTEGER NOT NULL,
  -- When a waiting one is due.
  next_at INTEGER,
  -- Why it waits or is dead.
  reason TEXT,
  updated_at INTEGER NOT NULL,
  -- JSON: one object for each attempt, the oldest first; see the view `attempts`.
  history TEXT NOT NULL,
  PRIMARY KEY (seq, target),
  CHECK (status <> 'waiting' OR next_at IS NOT NULL)
) WITHOUT ROWID;

-- What was delivered at once is never in it, and so costs nothing.
CREATE INDEX open_deliveries ON deliveries (status, target, next_at) WHERE status <> 'delivered';

CREATE VIEW attempts AS
SELECT
  deliveries.seq,
  deliveries.target,
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
FROM deliveries, json_each(deliveries.history) AS attempt;

-- Targets that are paused.
CREATE TABLE paused_targets (
  name TEXT PRIMARY KEY,
  paused_at INTEGER NOT NULL,
  reason TEXT NOT NULL
) WITHOUT ROWID;

-- How far a walk through the events has come.
CREATE TABLE cursors (
  name TEXT PRIMARY KEY,
  seq INTEGER NOT NULL
) WITHOUT ROWID;

INSERT INTO events (claim, event_id, owner, lease_until, received_at, recorded_at, kind, source, account, subject, targets)
SELECT
  event_id,
  event_id,
  '',
  0,
  CAST(unixepoch(min(dead_at), 'subsec') * 1000 AS INTEGER),
  CAST(unixepoch(min(dead_at), 'subsec') * 1000 AS INTEGER),
  max(kind),
  max(CASE WHEN json_valid(message) THEN message ->> '$.event.source' END),
  max(CASE WHEN json_valid(message) THEN message ->> '$.event.account' END),
  max(CASE WHEN json_valid(message) THEN message ->> '$.event.subject' END),
  json_group_array(target)
FROM dead_deliveries
GROUP BY event_id
ORDER BY min(dead_at);

INSERT INTO payloads (seq, message)
SELECT events.seq, min(dead_deliveries.message)
FROM dead_deliveries
JOIN events ON events.claim = dead_deliveries.event_id
GROUP BY events.seq;

INSERT INTO deliveries (seq, target, status, attempts, next_at, reason, updated_at, history)
SELECT
  events.seq,
  dead_deliveries.target,
  'dead',
  dead_deliveries.attempts,
  NULL,
  dead_deliveries.reason,
  CAST(unixepoch(dead_deliveries.dead_at, 'subsec') * 1000 AS INTEGER),
  '[]'
FROM dead_deliveries
JOIN events ON events.claim = dead_deliveries.event_id;

DROP TABLE dead_deliveries;
