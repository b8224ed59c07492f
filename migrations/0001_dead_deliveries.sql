-- Deliveries that ended without success, one row for each event and target, kept whole for a replay.
CREATE TABLE dead_deliveries (
  event_id TEXT NOT NULL,
  -- A target's name; '*' when the message was owed to every target that matches, or could not be read.
  target TEXT NOT NULL,
  -- NULL when the event itself could not be read.
  kind TEXT,
  reason TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  -- RFC 3339, UTC.
  dead_at TEXT NOT NULL,
  -- The queue message as JSON text; the body as it came when it could not be read.
  message TEXT NOT NULL,
  PRIMARY KEY (event_id, target)
);
