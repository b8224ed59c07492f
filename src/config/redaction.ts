/** The names of parameters that the ledger must not keep. */
import { z } from 'zod'
import { createNameTest } from '../events/named-values.ts'
import { ok } from '../result.ts'
import { listParams } from '../twilio/kind.ts'
import { KINDS } from '../twilio/kinds.ts'
import { closest } from './did-you-mean.ts'
import { FIELD_FACTS } from './field-facts.ts'
import { at, type Report } from './problem.ts'
import { complain, field } from './read-object.ts'

const MAX_NAMES = 100
const MAX_NAME_CHARACTERS = 100

const name = field("the name of a parameter: 'Body'", (text) =>
  text.length <= MAX_NAME_CHARACTERS && /^[A-Za-z0-9_.-]+$/.test(text)
    ? ok(text)
    : complain(
        'bad_name',
        'this is no name of a parameter',
        `write it as Twilio does: 'Body'; up to ${MAX_NAME_CHARACTERS} letters, digits, _ . and -`,
      ),
)

export const redactedNames = z
  .array(name)
  .max(MAX_NAMES)
  .register(FIELD_FACTS, { type: 'list of names of parameters', limits: [MAX_NAME_CHARACTERS] })

/** A name that is in no webhook may be right (`SipHeader_X-Foo`); one that is almost in one is a typo. */
export function warnAboutMisspellings(names: readonly string[], report: Report): void {
  if (names.length === 0) return
  const documented = KINDS.flatMap(listParams).map((param) => param.name)
  const isKnown = createNameTest(documented)
  const families = documented.filter((one) => /.[*{]/.test(one)).map(toFamily)
  for (const [i, text] of names.entries()) {
    if (isKnown(text) || families.some((family) => family.test(text))) continue
    const meant = closest(text, documented)
    if (meant === null) continue
    report.warn(at('redact', i), {
      code: 'unknown_parameter',
      message: `no documented webhook has a parameter "${text}"`,
      fix: `did you mean "${meant}"?`,
    })
  }
}

/** `MediaUrl{N}` and `SipHeader_X-*` stand for many names. */
function toFamily(pattern: string): RegExp {
  const [start = ''] = pattern.split(/[*{]/, 1)
  return RegExp(`^${RegExp.escape(start)}${pattern.endsWith('{N}') ? '\\d+' : '.+'}$`)
}
