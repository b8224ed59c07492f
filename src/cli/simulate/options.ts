/** What the options of `switchboard simulate` may say. */
import { InvalidArgumentError } from '../terminal/verb.ts'
import { STORIES, parseMix, type Mix } from './mix.ts'
import { parseOverrides, type Overrides } from './overrides.ts'

export function upTo(most: number): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (/^\d+$/.test(text) && number >= 1 && number <= most) return number
    throw new InvalidArgumentError(`It is a number from 1 to ${most}.`)
  }
}

export function parsePercent(text: string): number {
  const percent = Number(text)
  if (/^\d+$/.test(text) && percent <= 100) return percent
  throw new InvalidArgumentError('It is a number from 0 to 100.')
}

export function parseSeed(text: string): string {
  if (/^[\w-]{1,64}$/.test(text)) return text
  throw new InvalidArgumentError('It is letters, digits, - and _, 64 at most.')
}

/** By what a URL makes of it: `//host` and `/\\host` are paths to look at, and lead to another host. */
export function parsePath(text: string): string {
  const here = 'http://here.invalid'
  const isWithin = text.startsWith('/') && URL.parse(text, here)?.origin === here
  if (isWithin && !/[?#]/.test(text)) return text
  throw new InvalidArgumentError('It is a path that begins with /.')
}

export function toMix(text: string): Mix {
  const mix = parseMix(text)
  if (mix) return mix
  throw new InvalidArgumentError(`It is name=share,… with the names ${STORIES.join(', ')}.`)
}

export function toOverrides(text: string): Overrides {
  const overrides = parseOverrides(text)
  if (overrides) return overrides
  throw new InvalidArgumentError('It is what Twilio takes behind #, e.g. rc=2&rp=5xx,ct,rt&rt=5000')
}
