/**
 * Connection overrides: how Twilio connects to a webhook, in the fragment of its URL
 * (https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides). Twilio takes a wrong value
 * for none and only says so in its debugger (11240 to 11243).
 */
import { err, ok, type Result } from '../../result.ts'

/** Two more tries after a 5xx, a failed connection or silence of five seconds. */
export const RECOMMENDED_OVERRIDES = 'rc=2&rp=5xx,ct,rt&rt=5000'

/** Where Twilio calls from over the Internet, by its list's order. */
export const PUBLIC_EDGES = [
  'ashburn',
  'dublin',
  'frankfurt',
  'sao-paulo',
  'singapore',
  'sydney',
  'tokyo',
  'umatilla',
] as const

const EDGES = [
  ...PUBLIC_EDGES,
  'ashburn-ix',
  'frankfurt-ix',
  'london-ix',
  'san-jose-ix',
  'singapore-ix',
]

const range = (min: number, max: number, unit: string) => ({
  isGood: (text: string) => /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max,
  takes: `${min} to ${max}${unit}`,
})
const list = (words: readonly string[]) => ({
  isGood: (text: string) => text.split(',').every((word) => words.includes(word)),
  takes: `one or more of ${words.join(', ')}`,
})

const KEYS = new Map([
  ['ct', range(100, 10_000, ' ms')],
  ['rt', range(100, 15_000, ' ms')],
  ['tt', range(100, 15_000, ' ms')],
  ['rc', range(0, 5, '')],
  ['rp', list(['4xx', '5xx', 'ct', 'rt', 'all'])],
  ['sni', { isGood: (text: string) => /^[yn]$/.test(text), takes: 'y or n' }],
  ['e', list(EDGES)],
])

export interface OverrideProblem {
  key: string
  message: string
}

/** Takes a fragment without its `#`; gives it back, or everything that is wrong with it. */
export function parseOverrides(fragment: string): Result<string, OverrideProblem[]> {
  const problems: OverrideProblem[] = []
  const seen = new Set<string>()
  for (const part of fragment.split('&')) {
    const [key = '', value = ''] = part.split(/=(.*)/s)
    const rule = KEYS.get(key)
    if (!rule) problems.push({ key, message: `there is no override "${key}"` })
    else if (seen.has(key)) problems.push({ key, message: `${key} stands there twice` })
    else if (!rule.isGood(value)) problems.push({ key, message: `${key} takes ${rule.takes}` })
    seen.add(key)
  }
  return problems.length === 0 ? ok(fragment) : err(problems)
}

/** The fragment of a URL, or null. */
export function fragmentOf(url: string): string | null {
  const at = url.indexOf('#')
  return at === -1 || at === url.length - 1 ? null : url.slice(at + 1)
}
