/** Which fields a config uses, by the heading of the table that describes them. */
import type { Heading } from './fields.ts'

type Members = Record<string, unknown>

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const membersOf = (value: unknown): unknown[] => (isObject(value) ? Object.values(value) : [])

export function fieldsUsedIn(config: unknown, used: Map<Heading, Set<string>>): void {
  const note = (heading: Heading, value: unknown) => {
    const names = used.get(heading) ?? new Set()
    if (isObject(value)) for (const name of Object.keys(value)) names.add(name)
    used.set(heading, names)
  }
  const noteReply = (reply: unknown) => {
    if (!isObject(reply)) return
    note(headingOf(reply), reply)
    noteReply(reply['otherwise'])
    for (const hours of hoursIn(reply['when'])) note('Opening hours', hours)
  }
  if (!isObject(config)) return
  note('Top level', config)
  for (const endpoint of membersOf(config['endpoints'])) {
    note('Endpoints', endpoint)
    if (isObject(endpoint)) [endpoint['reply']].flat().forEach(noteReply)
  }
  for (const target of membersOf(config['targets'])) {
    note('Targets', target)
    if (isObject(target)) note('Rate', target['rate'])
  }
}

function headingOf(reply: Members): Heading {
  if ('twiml' in reply) return 'A reply of TwiML'
  if ('json' in reply) return 'A reply of JSON'
  return 'origin' in reply ? 'A reply of your app' : 'A bare status'
}

function hoursIn(when: unknown): unknown[] {
  if (!isObject(when)) return []
  return [when['$time'] ?? []].flat()
}
