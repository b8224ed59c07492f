/**
 * How fast the calls to one target may begin: evenly spaced, so that `limit` calls in `perMs` are never
 * a burst, not even after a stall. What was not used is gone; nobody saves it up.
 *
 * Promises, for whoever begins calls only as `nextStartAt` says: no window of `perMs`, its end not
 * included, has more than `limit` beginnings. Each of several lanes keeps a share of its own, and needs
 * to know nothing of the others.
 *
 * Weak: it counts when calls begin here, by a clock of whole milliseconds; the network may bring two
 * closer together. And with more lanes than `limit`, a share is less than one call: the average holds
 * then, but a window can have a call of each lane. Do not use more lanes than `limit`.
 */
export interface Rate {
  /** A whole number, 1 or more. */
  limit: number
  /** A whole number of milliseconds. */
  perMs: number
}

/**
 * Fractions of a millisecond are kept in steps that a double can add to a time without rounding:
 * milliseconds since the epoch need 41 of its 53 bits. A thousand roundings would make a call too many.
 */
const STEPS_PER_MS = 1_024

/**
 * The time from one beginning to the next in each of so many lanes, milliseconds with a fraction.
 *
 * The lanes share out whole calls: of 10 calls for 3 lanes each gets 3, since with 10/3 of a call each
 * could have 4 in one window, and all together 12.
 */
export function toIntervalMs({ limit, perMs }: Rate, lanes: number): number {
  const share = limit < lanes ? limit / lanes : Math.floor(limit / lanes)
  return Math.ceil((perMs / share) * STEPS_PER_MS) / STEPS_PER_MS
}

/**
 * When the next call may begin: it may now if that is not later than `now`. Keep it then as the
 * `lastStartAt` of the call after it, not `now`: it can be a fraction of a millisecond earlier, and who
 * rounds up each time loses a third of a fast rate.
 *
 * @param lastStartAt what this function gave for the call before; null when there was none
 * @param now milliseconds since the epoch, whole
 */
export function nextStartAt(lastStartAt: number | null, intervalMs: number, now: number): number {
  if (lastStartAt === null) return now
  const dueAt = lastStartAt + intervalMs
  // Later than that by a millisecond or more is a stall: the calls behind it do not catch up.
  return dueAt > now - 1 ? dueAt : now
}
