/**
 * What comes next in a rotation, decided from facts alone: so that it goes on where it stopped, whatever
 * ended it. Pure.
 */

/** What Twilio says to a login with one of the ring's tokens. */
export interface Probe {
  isAccepted: boolean
  /** The account's primary token, when Twilio told it. */
  primary: string | null
}

/**
 * `single`: there is one token, and it is good. `created`: there is a second one, the first still signs.
 * `promoted`: the second one signs. `next_lost`: Twilio does not know the ring's second one (any more).
 * `locked_out`: no token of the ring is good.
 */
export type Standing = 'single' | 'created' | 'promoted' | 'next_lost' | 'locked_out'

export interface Probed {
  token: string
  probe: Probe
}

/** @param next Null: the ring has none. */
export function toStanding(current: Probed, next: Probed | null): Standing {
  if (!next) return current.probe.isAccepted ? 'single' : 'locked_out'
  if (!next.probe.isAccepted) return current.probe.isAccepted ? 'next_lost' : 'locked_out'
  // What signs is the primary token. Where Twilio does not tell it: a promotion ends the old one.
  const primary = next.probe.primary ?? current.probe.primary
  if (primary === next.token) return 'promoted'
  if (primary === current.token) return 'created'
  return current.probe.isAccepted ? 'created' : 'promoted'
}

export interface RotationFacts {
  standing: Standing
  /** The new key is the first of the ring: our own logins and signatures use it. */
  isNextFirst: boolean
  /** The Workers are known to have the ring as it is. */
  isUploaded: boolean
  /** The old key signs nothing any more, by the ledger; null: not looked yet. */
  isQuiet: boolean | null
  /** `--abort` */
  isAborting: boolean
  /** `--force` */
  isForced: boolean
}

export type Step = 'create' | 'upload' | 'promote' | 'switch' | 'watch' | 'finish' | 'abort'

export type StopReason = 'locked_out' | 'next_lost' | 'nothing_to_abort' | 'too_late_to_abort'

export type Decision = { step: Step } | { stop: StopReason }

export function decideRotationStep(facts: RotationFacts): Decision {
  const { isAborting } = facts
  switch (facts.standing) {
    case 'locked_out':
      return { stop: 'locked_out' }
    case 'single':
      return isAborting ? { stop: 'nothing_to_abort' } : { step: 'create' }
    case 'next_lost':
      // Twilio may still know one that is not ours: nothing is deleted without being asked to.
      return isAborting ? { step: 'abort' } : { stop: 'next_lost' }
    case 'created':
      if (isAborting) return { step: 'abort' }
      return { step: facts.isUploaded ? 'promote' : 'upload' }
    case 'promoted':
      return isAborting ? { stop: 'too_late_to_abort' } : { step: afterPromotion(facts) }
  }
}

function afterPromotion({ isNextFirst, isUploaded, isQuiet, isForced }: RotationFacts): Step {
  if (!isNextFirst) return 'switch'
  if (!isUploaded) return 'upload'
  return isQuiet === true || isForced ? 'finish' : 'watch'
}
