/** The interfaces of src/config/index.ts, as a user's editor shows them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './markdown.ts'
import type { Heading } from './fields.ts'

export interface Member {
  isOptional: boolean
  type: string
  /** One line; empty: none. */
  docstring: string
}

const INTERFACE = /^(?:export )?interface (\w+)(?: extends [\w, ]+)? \{\n([^]*?)^\}/gm
const MEMBER = /(?: {2}\/\*\*((?:[^*]|\*(?!\/))*)\*\/\n)? {2}(\w+)(\??): (.+)\n/g

/** Which interfaces together are what a schema checks. */
const INTERFACES: Record<Heading, string[]> = {
  'Top level': ['Config'],
  Endpoints: ['Endpoint'],
  'A reply of TwiML': ['TwimlReply', 'Rule'],
  'A reply of JSON': ['JsonReply', 'Rule'],
  'A bare status': ['StatusReply', 'Rule'],
  'A reply of your app': ['OriginReply', 'OriginOptions', 'Rule'],
  'Opening hours': ['Hours'],
  Targets: ['TargetUrl', 'TargetUrlSecret', 'TargetOptions'],
  Rate: ['Rate'],
}

export function readMembers(heading: Heading): Map<string, Member> {
  const source = readFileSync(join(ROOT, 'src/config/index.ts'), 'utf8')
  const bodies = new Map([...source.matchAll(INTERFACE)].map(([, name, body]) => [name, body]))
  const members = new Map<string, Member>()
  const alternatives = new Set<string>()
  for (const name of INTERFACES[heading]) {
    for (const [, text = '', member = '', mark, type = ''] of (bodies.get(name) ?? '').matchAll(
      MEMBER,
    )) {
      // Of `url` and `urlSecret` there is one: each interface forbids the other's.
      if (type === 'never') alternatives.add(member)
      else members.set(member, { isOptional: mark === '?', type, docstring: toLine(text) })
    }
  }
  for (const name of alternatives) {
    const member = members.get(name)
    if (member) member.isOptional = true
  }
  return members
}

const toLine = (docstring: string) => docstring.replaceAll(/\s*\n\s*\* ?/g, ' ').trim()
