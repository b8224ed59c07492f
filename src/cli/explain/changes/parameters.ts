/** Parameters that came or went as a whole: empty ones dropped, others added, lists made one value. */
import { listParams } from '../../../twilio/kind.ts'
import { KINDS } from '../../../twilio/kinds.ts'
import { parseForm, type Param } from '../../../twilio/params.ts'
import { withPairs, type Signed } from '../signed.ts'
import type { Change, Changes } from './change.ts'

const PLACES = ['City', 'State', 'Zip', 'Country']
const SIDES = ['From', 'To', 'Caller', 'Called']

/** Where Twilio knows no place, these are empty together. */
const EMPTY_GROUPS: readonly (readonly string[])[] = [
  ['City'],
  ['City', 'Zip'],
  ['City', 'State', 'Zip'],
  PLACES,
].flatMap((places) =>
  [['From', 'Caller'], ['To', 'Called'], SIDES, ['From'], ['To']].map((sides) =>
    sides.flatMap((side) => places.map((place) => side + place)),
  ),
)

/** A framework that leaves empty values out (or makes them null): their names were signed. */
export const toEmptyGroups: Changes = function* (signed) {
  if (signed.pairs.length === 0) return
  for (const group of EMPTY_GROUPS) {
    const missing = group.filter((name) => !hasName(signed, name))
    if (missing.length > 0) yield toWithEmpty(signed, missing)
  }
}

const KNOWN_NAMES = [
  ...new Set(KINDS.flatMap((kind) => listParams(kind).map(({ name }) => name))),
].filter((name) => /^\w+$/.test(name))

export const toOneEmpty: Changes = function* (signed) {
  if (signed.pairs.length === 0) return
  for (const name of KNOWN_NAMES) if (!hasName(signed, name)) yield toWithEmpty(signed, [name])
}

/** Values that are there and empty, which the signer left out: no SDK of Twilio's does. */
export const toWithoutEmpty: Changes = function* (signed) {
  const pairs = signed.pairs.filter(([, value]) => value !== '')
  if (pairs.length < signed.pairs.length && pairs.length > 0) {
    yield { code: 'parameter_added', detail: 'the empty ones', signed: withPairs(signed, pairs) }
  }
}

function toWithEmpty(signed: Signed, names: readonly string[]): Change {
  const pairs = [...signed.pairs, ...names.map((name): Param => [name, ''])]
  return { code: 'empty_dropped', detail: names.join(', '), signed: withPairs(signed, pairs) }
}

const hasName = ({ pairs }: Signed, name: string) => pairs.some(([each]) => each === name)

/** What routers put among the parameters: their own names, and those of the query. */
const ROUTER_NAMES = new Set(['controller', 'action', 'format', '_method', '_token', 'route', 'id'])

export const toWithoutMerged: Changes = function* (signed) {
  const queryNames = new Set(parseForm(signed.url.query.slice(1)).map(([name]) => name))
  for (const [detail, names] of [
    ['those of the query', queryNames],
    ['those of a router', ROUTER_NAMES],
  ] as const) {
    const pairs = signed.pairs.filter(([name]) => !names.has(name))
    if (pairs.length < signed.pairs.length && pairs.length > 0) {
      yield { code: 'parameter_added', detail, signed: withPairs(signed, pairs) }
    }
  }
}

export const toOneFewer: Changes = function* (signed) {
  if (signed.pairs.length < 2) return
  for (const [at, [name]] of signed.pairs.slice(0, 100).entries()) {
    const pairs = signed.pairs.toSpliced(at, 1)
    yield { code: 'parameter_added', detail: name, signed: withPairs(signed, pairs) }
  }
}

/** A name that came more than once, made one; and lists under the names that PHP and Rails give them. */
export const toLists: Changes = function* (signed) {
  const plain = signed.pairs.map(([name, value]): Param => [name.replace(/\[\w*\]$/, ''), value])
  if (plain.some(([name], at) => name !== signed.pairs[at]?.[0])) {
    yield { code: 'list', detail: 'brackets behind names', signed: withPairs(signed, plain) }
  }
  for (const mark of [',', ', ', ';']) {
    const split = signed.pairs.flatMap(([name, value]) =>
      value.split(mark).map((part): Param => [name, part]),
    )
    if (split.length > signed.pairs.length) {
      yield { code: 'list', detail: `joined with "${mark}"`, signed: withPairs(signed, split) }
    }
    yield* toOneSplit(signed, mark)
  }
  yield* toCollapsed(signed)
}

function* toOneSplit(signed: Signed, mark: string): Generator<Change> {
  for (const [at, [name, value]] of signed.pairs.slice(0, 100).entries()) {
    if (!value.includes(mark)) continue
    const parts = value.split(mark).map((part): Param => [name, part])
    yield {
      code: 'list',
      detail: name,
      signed: withPairs(signed, signed.pairs.toSpliced(at, 1, ...parts)),
    }
  }
}

/** A signer that knows one value for each name (a map), or that joins them without the name. */
function* toCollapsed(signed: Signed): Generator<Change> {
  const lists = new Map<string, string[]>()
  for (const [name, value] of signed.pairs) lists.set(name, [...(lists.get(name) ?? []), value])
  if (lists.size === signed.pairs.length) return
  const collapse = (join: (values: string[]) => string) =>
    withPairs(
      signed,
      [...lists].map(([name, values]): Param => [name, join(values)]),
    )
  yield { code: 'list', detail: 'only the first value', signed: collapse(([first = '']) => first) }
  yield { code: 'list', detail: 'only the last value', signed: collapse((all) => all.at(-1) ?? '') }
  yield { code: 'list', detail: 'joined with ","', signed: collapse((all) => all.join(',')) }
  yield { code: 'list', detail: 'joined', signed: collapse((all) => all.join('')) }
}
