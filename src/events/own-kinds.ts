/**
 * The kinds of Switchboard's own events: what it tells people about itself. They travel, match and
 * are delivered like Twilio's, but only a pattern that says `switchboard.` matches them: a target
 * that takes everything of Twilio's does not suddenly get alerts.
 *
 * What is delivered under such a kind never causes an alert itself: `isOwnKind` tells.
 */

export const OWN_PREFIX = 'switchboard.'

/** `critical`: events wait or are lost to a target. `warning`: they soon may. `info`: it is over. */
export type Severity = 'critical' | 'warning' | 'info'

export interface OwnKind {
  /** One sentence: what happened, and what becomes of the events. */
  readonly description: string
  readonly severity: Severity
}

export const OWN_KINDS = {
  'switchboard.delivery.dead': {
    description: 'An event was given up for a target; the ledger keeps it, and it can be replayed.',
    severity: 'critical',
  },
  'switchboard.target.paused': {
    description: 'Nothing is sent to a target until somebody resumes it; its events wait.',
    severity: 'critical',
  },
  'switchboard.breaker.opened': {
    description: 'A target failed many times in a row; its events wait while it is probed.',
    severity: 'warning',
  },
  'switchboard.breaker.closed': {
    description: 'A target that kept failing answers again and gets what has waited for it.',
    severity: 'info',
  },
  'switchboard.outbox.growing': {
    description: 'The queue refuses events; they wait in the outbox, and it does not get empty.',
    severity: 'critical',
  },
  'switchboard.backlog.old': {
    description: 'Events were in the queue for too long before they were looked at; none is lost.',
    severity: 'warning',
  },
  'switchboard.test': {
    description: 'A test that an operator sent; nothing has happened.',
    severity: 'info',
  },
} as const satisfies Record<string, OwnKind>

export type OwnKindName = keyof typeof OWN_KINDS

/** In the order of the table. */
export const OWN_KIND_NAMES: readonly string[] = Object.keys(OWN_KINDS)

/** By its prefix, so that an alert of a newer version is known as one too. */
export const isOwnKind = (kind: string): boolean => kind.startsWith(OWN_PREFIX)

export const isOwnKindName = (kind: string): kind is OwnKindName => Object.hasOwn(OWN_KINDS, kind)
