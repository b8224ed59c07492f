/** What happened to one value of a form: as many guesses as it has parameters, so they come last. */
import type { Param } from '../../../twilio/params.ts'
import { withPairs, type Signed } from '../signed.ts'
import type { Change, Changes } from './change.ts'
import { SPACES, VALUE_REWRITES } from './values.ts'

const MAX_VALUES = 60

function replace(signed: Signed, at: number, values: readonly Param[]): Signed {
  return withPairs(signed, signed.pairs.toSpliced(at, 1, ...values))
}

export const toTrimmedValues: Changes = function* (signed) {
  for (const [at, [name, value]] of signed.pairs.slice(0, MAX_VALUES).entries()) {
    for (const [before, after] of SPACES) {
      const trimmed: Param = [name, before + value + after]
      yield { code: 'value_trimmed', detail: name, signed: replace(signed, at, [trimmed]) }
    }
  }
}

export const toOneRewritten: Changes = function* (signed) {
  for (const [at, [name, value]] of signed.pairs.slice(0, MAX_VALUES).entries()) {
    for (const { code, rewrite } of VALUE_REWRITES) {
      const changed = rewrite(value, name)
      if (changed === value) continue
      yield { code, detail: name, signed: replace(signed, at, [[name, changed]]) }
    }
    yield* toNumbers(signed, at, name, value)
  }
}

/** Numbers that a parser wrote in its own way: `007`, `1.50`, `+15005550006`. */
function* toNumbers(signed: Signed, at: number, name: string, value: string): Generator<Change> {
  if (!/^\d+(?:\.\d+)?$/.test(value)) return
  const zeros = value.includes('.') ? ['0', '00'] : ['.0', '.00']
  const spellings = [`+${value}`, `0${value}`, `00${value}`, ...zeros.map((zero) => value + zero)]
  for (const spelling of spellings) {
    yield { code: 'number', detail: name, signed: replace(signed, at, [[name, spelling]]) }
  }
}
