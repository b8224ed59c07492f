/** Which type of reply an object is, by the member that says what to reply. */
import { closest } from './did-you-mean.ts'
import { isPlainObject } from './json.ts'
import type { Report } from './problem.ts'

const TYPES = ['twiml', 'json', 'status', 'origin'] as const
export type ReplyType = (typeof TYPES)[number]

/** Null, and the report says why, when it is none of them, or several. */
export function readType(value: unknown, path: string, report: Report): ReplyType | null {
  const complain = (message: string, fix: string) => {
    report.add(path, { code: 'bad_reply', message, fix })
    return null
  }
  const example =
    "write { twiml: file('replies/menu.xml') }, { json }, { status } or origin('https://…')"
  if (!isPlainObject(value) || 'file' in value) return complain('this is no reply', example)
  const found = TYPES.filter((type) => type in value)
  const [type, ...others] = found
  if (!type) {
    const meant = Object.keys(value).map((key) => closest(key, TYPES))
    const name = meant.find((candidate) => candidate !== null)
    return complain('this says nothing to reply', name ? `did you mean "${name}"?` : example)
  }
  // A JSON reply may have a status.
  if (others.length === 0 || (found.length === 2 && type === 'json' && others[0] === 'status')) {
    return type
  }
  return complain(`${found.join(' and ')} at the same time`, 'keep one, or write a list of replies')
}
