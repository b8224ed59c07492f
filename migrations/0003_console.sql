-- What the console needs: who took part, what Twilio was told, replays in bulk, who changed what.
--
-- Nothing here adds a row to what an event costs. Columns cost none; there is no new index on events: a
-- search walks backwards through seq, a bounded stretch for each page, and says how far it got.

-- Who it is from and to: phone numbers or other addresses, as the config lets the ledger keep them.
ALTER TABLE events ADD COLUMN from_address TEXT;
ALTER TABLE events ADD COLUMN to_address TEXT;
-- The SID that all events of one call or message share: the parent's for a leg of a call.
ALTER TABLE events ADD COLUMN thread TEXT;
-- From the request to the event in the queue, which is when the answer leaves unless an app is asked.
-- NULL: not known.
ALTER TABLE events ADD COLUMN took_ms INTEGER;

-- What an app behind `origin` answered: it is known after the event is on its way. What the config
-- itself answers is in the event's message.
CREATE TABLE replies (
  event_id TEXT PRIMARY KEY,
  -- Milliseconds since the epoch.
  at INTEGER NOT NULL,
  took_ms INTEGER NOT NULL,
  -- JSON: see Answer in src/events/message.ts.
  answer TEXT NOT NULL
) WITHOUT ROWID;

-- Replays of what is dead, in bulk: planned, then worked off page by page.
CREATE TABLE replay_jobs (
  -- Chosen by whoever asks (`rpl_…`), so that asking twice is asking once.
  id TEXT PRIMARY KEY,
  -- JSON: a DeadFilter (src/ledger/replays.ts).
  filter TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'cancelled')),
  -- How many events the plan found, and how many went into the queue.
  total INTEGER NOT NULL,
  sent INTEGER NOT NULL,
  -- Where the next page begins.
  after_seq INTEGER NOT NULL,
  -- Until then somebody works on it. Milliseconds since the epoch.
  lease_until INTEGER NOT NULL,
  -- Highest seq of events when it began: what it brought is behind it.
  start_seq INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  ended_at INTEGER
) WITHOUT ROWID;

-- Every change that a person or a program made through the console. Written before it is made.
CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  -- Milliseconds since the epoch.
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  -- 'access', 'password', 'token' or 'local'.
  via TEXT NOT NULL,
  -- `target.pause`, `event.replay`, `config.rollback`, …
  action TEXT NOT NULL,
  -- The target, event, job or version that it is about.
  subject TEXT NOT NULL,
  -- JSON, without personal data.
  details TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('begun', 'done', 'failed'))
);

-- Tokens of programs: only a hash of each.
CREATE TABLE api_tokens (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('viewer', 'operator')),
  -- SHA-256, hex; a token has 256 bits of randomness, so that no salt is needed.
  hash TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER
) WITHOUT ROWID;

-- Failed logins, counted in windows of time for each address (as a hash) and for all together.
CREATE TABLE login_failures (
  key TEXT NOT NULL,
  -- When it began, milliseconds since the epoch.
  window INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (key, window)
) WITHOUT ROWID;
