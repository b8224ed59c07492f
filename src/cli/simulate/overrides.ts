/**
 * Twilio's connection overrides: when it gives up, and what it tries again. The defaults here retry what a
 * gateway should be given a second chance for; Twilio's own retry only what could not be connected.
 * https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
 */

export interface Overrides {
  /** Connect time-out. */
  ct: number
  /** Until the answer begins. */
  rt: number
  /** All attempts together. */
  tt: number
  /** Retries behind the first attempt. */
  rc: number
  /** What is tried again. */
  rp: readonly RetryReason[]
}

const REASONS = ['4xx', '5xx', 'ct', 'rt', 'all'] as const
export type RetryReason = (typeof REASONS)[number]

/** Why there was no answer, in Twilio's words where it has some. */
export const LOSSES = {
  ct: 'no connection',
  rt: 'no answer in time',
  cut: 'the connection broke off',
  partial: 'the answer broke off',
} as const
export type Loss = keyof typeof LOSSES

export const DEFAULT_OVERRIDES = 'rc=2&rp=5xx,ct,rt'

const TWILIO: Overrides = { ct: 5_000, rt: 15_000, tt: 15_000, rc: 1, rp: ['ct'] }
const RANGES = { ct: [100, 10_000], rt: [100, 15_000], tt: [100, 15_000], rc: [0, 5] } as const

/** As behind the `#` of a URL. Null: not of Twilio's form. */
export function parseOverrides(text: string): Overrides | null {
  const overrides = { ...TWILIO }
  for (const part of text.replace(/^#/, '').split('&')) {
    const [name = '', value = ''] = part.split('=')
    if (name === 'rp') {
      const named = value.split(',')
      const rp = REASONS.filter((reason) => named.includes(reason))
      if (rp.length !== named.length) return null
      overrides.rp = rp
    } else if (name === 'ct' || name === 'rt' || name === 'tt' || name === 'rc') {
      const [least, most] = RANGES[name]
      const number = /^\d+$/.test(value) ? Number(value) : Number.NaN
      if (!(number >= least && number <= most)) return null
      overrides[name] = number
    } else return null
  }
  return overrides
}
