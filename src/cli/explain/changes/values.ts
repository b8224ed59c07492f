/**
 * What frameworks and tools do to all values of a form at once. A value that lost something cannot be
 * restored in general; these are the losses whose original can be told from what is left.
 */
import { Buffer } from 'node:buffer'
import type { Param } from '../../../twilio/params.ts'
import type { MistakeCode } from '../mistakes.ts'
import { withPairs } from '../signed.ts'
import type { Changes } from './change.ts'

type Rewrite = (value: string, name: string) => string

interface Row {
  code: MistakeCode
  detail: string
  rewrite: Rewrite
}

const PHONE_NAMES = /^(?:From|To|Called|Caller|ForwardedFrom|WaId|DialCallTo|.*(?:From|To))$/

const decodeTwice: Rewrite = (value) => {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '))
  } catch {
    return value
  }
}

const ENTITIES: readonly (readonly [entity: RegExp, char: string])[] = [
  [/&lt;/g, '<'],
  [/&gt;/g, '>'],
  [/&quot;|&#34;/g, '"'],
  [/&#0?39;|&#x27;|&apos;/g, "'"],
  [/&amp;/g, '&'],
]

const unescapeHtml: Rewrite = (value) =>
  ENTITIES.reduce((text, [entity, char]) => text.replaceAll(entity, char), value)

const toLatin1Bytes = (value: string) => Buffer.from(value, 'latin1').toString('utf8')
const isLatin1 = (value: string) => /^[\0-\u00FF]*$/.test(value)

/** In the order in which they are met in practice. */
export const VALUE_REWRITES: readonly Row[] = [
  {
    code: 'plus_lost',
    detail: 'a leading + became a space',
    rewrite: (value) => value.replace(/^ (?=\d{5,15}$)/, '+'),
  },
  {
    code: 'plus_lost',
    detail: 'phone numbers lost their +',
    rewrite: (value, name) =>
      PHONE_NAMES.test(name) ? value.replace(/^ ?(?=\d{7,15}$)/, '+') : value,
  },
  {
    code: 'plus_lost',
    detail: 'a + became a space',
    rewrite: (value) => value.replaceAll(' ', '+'),
  },
  {
    code: 'plus_lost',
    detail: 'a space became a +',
    rewrite: (value) => value.replaceAll('+', ' '),
  },
  {
    code: 'line_ends',
    detail: 'CRLF became LF',
    rewrite: (value) => value.replaceAll(/\r?\n/g, '\r\n'),
  },
  {
    code: 'line_ends',
    detail: 'LF became CRLF',
    rewrite: (value) => value.replaceAll('\r\n', '\n'),
  },
  { code: 'value_escaped', detail: 'escaped for HTML', rewrite: unescapeHtml },
  { code: 'value_escaped', detail: 'encoded twice', rewrite: decodeTwice },
  {
    code: 'value_escaped',
    detail: 'backslashes before quotes',
    rewrite: (value) => value.replaceAll(/\\(['"\\])/g, '$1'),
  },
  {
    code: 'charset',
    detail: 'UTF-8 read as Latin-1',
    rewrite: (value) => (isLatin1(value) ? toLatin1Bytes(value) : value),
  },
  { code: 'charset', detail: 'Unicode normalised', rewrite: (value) => value.normalize('NFD') },
  { code: 'charset', detail: 'Unicode normalised', rewrite: (value) => value.normalize('NFC') },
  {
    code: 'number',
    detail: 'a fraction lost its zeros',
    rewrite: (value) => value.replace(/^(\d+)$/, '$1.0'),
  },
]

export const toRewrittenValues: Changes = function* (signed) {
  for (const { code, detail, rewrite } of VALUE_REWRITES) {
    const pairs = signed.pairs.map(([name, value]): Param => [name, rewrite(value, name)])
    if (!isSame(pairs, signed.pairs)) yield { code, detail, signed: withPairs(signed, pairs) }
  }
}

function isSame(a: readonly Param[], b: readonly Param[]): boolean {
  return a.every(([, value], at) => value === b[at]?.[1])
}

/** The capture ends with a line end that was never sent. */
export const toWithoutLineEnd: Changes = function* (signed, { bodyText }) {
  const last = signed.pairs.at(-1)
  if (!last || !/[\r\n]$/.test(bodyText) || !/[\r\n]$/.test(last[1])) return
  const pairs = signed.pairs.toSpliced(-1, 1, [last[0], last[1].replace(/[\r\n]+$/, '')])
  yield { code: 'capture_line_end', signed: withPairs(signed, pairs) }
}

const TEXT_NAMES = [
  'Body',
  'SpeechResult',
  'ButtonText',
  'ProfileName',
  'CallerName',
  'FriendlyName',
]
export const SPACES: readonly (readonly [before: string, after: string])[] = [
  ['', '\n'],
  ['', ' '],
  [' ', ''],
  ['', '\r\n'],
  ['\n', ''],
  [' ', ' '],
  ['', '  '],
  ['', '\n\n'],
  ['', '\t'],
  ['', '\u00A0'],
]

/** White space around what people wrote; other parameters are for `toTrimmedValues` in one-value.ts. */
export const toTrimmedTexts: Changes = function* (signed) {
  for (const [at, [name, value]] of signed.pairs.entries()) {
    if (!TEXT_NAMES.includes(name)) continue
    for (const [before, after] of SPACES) {
      const pairs = signed.pairs.toSpliced(at, 1, [name, before + value + after])
      yield { code: 'value_trimmed', detail: name, signed: withPairs(signed, pairs) }
    }
  }
}
