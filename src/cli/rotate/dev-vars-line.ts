/**
 * Changes one value in the text of a `.dev.vars`, and nothing else: comments, order, line ends and the
 * other values stay. Pure. The result is read again to prove it, as Node reads it.
 */
import { parseEnv } from 'node:util'

/** Null: the value cannot be set so that it, and everything else, reads back as it should. */
export function setSecretLine(text: string, name: string, value: string): string | null {
  const want = { ...parseEnv(text), [name]: value }
  for (const { start, end } of findValues(text, name)) {
    const changed = `${text.slice(0, start)}${toQuoted(value)}${text.slice(end)}`
    if (isSame(parseEnv(changed), want)) return changed
  }
  return null
}

interface Place {
  start: number
  end: number
}

/** The last line of a name is the one that counts. A quoted value may be several lines long. */
function findValues(text: string, name: string): Place[] {
  const assignment = new RegExp(
    `^[ \\t]*(?:export[ \\t]+)?${RegExp.escape(name)}[ \\t]*=[ \\t]*`,
    'gm',
  )
  const places = [...text.matchAll(assignment)].map((match) => {
    const start = match.index + match[0].length
    const rest = text.slice(start)
    const value = /^(['"`])[\s\S]*?\1/.exec(rest) ?? /^[^\r\n#]*[^\s#]/.exec(rest)
    return { start, end: start + (value?.[0].length ?? 0) }
  })
  return places.toReversed()
}

/** As both Node and wrangler read it. Neither a token nor a key's name has a quote in it. */
const toQuoted = (value: string): string => (/^\w+$/.test(value) ? value : `'${value}'`)

function isSame(a: NodeJS.Dict<string>, b: NodeJS.Dict<string>): boolean {
  const names = Object.keys(b)
  return Object.keys(a).length === names.length && names.every((name) => a[name] === b[name])
}
