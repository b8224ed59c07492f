/**
 * How a text looks to a viewer who may not read it: what it is and how long, not what it says.
 *
 * Promises: of a number at most its country and its last two digits are left, and those only when it has
 * eight digits or more; of any other text nothing but its length. A hash of the ledger (`hmac:…`) stays:
 * it says only whether two values are the same.
 */
const HASH = /^hmac:[0-9a-f]{32}$/
const DOTS = '••••'

/** `•••• (34 characters)`; an empty text says nothing and stays. */
export function maskText(text: string): string {
  if (text === '' || HASH.test(text)) return text
  // By code points, so that an emoji is one; grouped, so that a length never looks like a number.
  const count = Array.from(text).length
  return `${DOTS} (${toGrouped(count)} ${count === 1 ? 'character' : 'characters'})`
}

const toGrouped = (count: number): string => String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ',')

const CHANNELS =
  /^(whatsapp|messenger|rcs|sips?|client|tel|viber|line|wechat|telegram|instagram|conference|queue):/i
const NUMBER = /^\+?[\d\s().-]*\d[\d\s().-]*$/
const MIN_SHOWN_DIGITS = 8

/** `+1•••••••67`, `whatsapp:+49•••••••12`, `client:•••• (5 characters)`. */
export function maskAddress(address: string): string {
  const [channel = ''] = CHANNELS.exec(address) ?? []
  const rest = address.slice(channel.length)
  return channel + (NUMBER.test(rest) ? maskNumber(rest) : maskText(rest))
}

/** Always as many dots: how long a number is tells the country's region. */
function maskNumber(text: string): string {
  const digits = text.replaceAll(/\D/g, '')
  if (digits.length < MIN_SHOWN_DIGITS) return `${DOTS} (${digits.length} digits)`
  const country = text.startsWith('+') ? `+${toCallingCode(digits)}` : ''
  return `${country}•••••••${digits.slice(-2)}`
}

/** https://www.itu.int/pub/T-SP-E.164D: zones 1 and 7 have one digit, these two, the rest three. */
const TWO_DIGITS = new Set(
  '20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98'.split(
    ' ',
  ),
)

function toCallingCode(digits: string): string {
  if (digits.startsWith('1') || digits.startsWith('7')) return digits.slice(0, 1)
  return digits.slice(0, TWO_DIGITS.has(digits.slice(0, 2)) ? 2 : 3)
}

const INTERNATIONAL = /^(?:[a-z]{2,12}:)?\+\d{8,15}$/i

/** A number that says itself that it is one, wherever it stands. */
export const isInternational = (text: string): boolean => INTERNATIONAL.test(text)

/** What a target answered: it may repeat anything that it got. */
export const maskExcerpt = maskText

const CODE = /^[a-z]+(?:_[a-z]+)*(?:_\d{3})?$/
const ANSWERED = /^answered \d{3}(?=$| )/
const OUR_WORDS =
  /^(?:no answer within \d{1,4}(?:\.\d{1,3})? s|no connection, or an answer that is no HTTP|not sent: [a-zA-Z0-9, ()]+)$/
const DIGIT_RUN = /\d{5}/

/** A reason in our own words stays; what a target or a person put into it does not. */
export function maskReason(reason: string): string {
  if (reason.length <= 100 && (CODE.test(reason) || isOurs(reason))) return reason
  return ANSWERED.exec(reason)?.[0] ?? maskText(reason)
}

const isOurs = (text: string): boolean => OUR_WORDS.test(text) && !DIGIT_RUN.test(text)
