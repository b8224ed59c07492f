/**
 * More shards in the text of a wrangler file: the tables of the first one, again under other names. What
 * stands there stays, with its comments and in its order. Pure.
 */
import { toBindingName } from '../../events/shard-bindings.ts'
import { err, ok, type Result } from '../../result.ts'

interface Block {
  header: string
  /** Of its header, and behind its last line of its own. */
  start: number
  end: number
}

type Values = Readonly<Record<string, (value: string) => string>>

/** What differs from shard to shard in a table of a list, by its header. */
const TABLES: Readonly<Record<string, (shard: number) => Values>> = {
  'queues.consumers': (shard) => ({
    queue: toNumbered(shard),
    dead_letter_queue: toNumbered(shard),
  }),
  'queues.producers': (shard) => ({
    binding: (name) => toBindingName(name, shard),
    queue: toNumbered(shard),
  }),
  d1_databases: (shard) => ({
    binding: (name) => toBindingName(name, shard),
    database_name: toNumbered(shard),
  }),
}

const toNumbered = (shard: number) => (name: string) => `${name}-${shard}`

export interface NewShards {
  /** Of each shard in this file: `EVENTS`, `LEDGER`. */
  bindings: readonly string[]
  /** The first one's queues that this file consumes. */
  consumed: readonly string[]
  /** The last shard that is there, and the last that is to be. */
  from: number
  to: number
}

/** An error says in words what the file does not have. */
export function addShards(text: string, added: NewShards): Result<string, string> {
  const { bindings, consumed, from, to } = added
  const wanted = [
    ...bindings.map((binding) => ({ key: 'binding', value: binding })),
    ...consumed.map((queue) => ({ key: 'queue', value: queue })),
  ]
  let lines = text.split('\n')
  for (const { key, value } of wanted) {
    const isConsumed = key === 'queue'
    const nameOf = (shard: number) => {
      if (!isConsumed) return toBindingName(value, shard)
      return shard === 1 ? value : toNumbered(shard)(value)
    }
    const first = findBlock(lines, isConsumed, key, nameOf(1))
    if (!first) return err(`no table with ${key} = "${value}"`)
    const copied = lines.slice(first.start, first.end)
    for (let shard = from + 1; shard <= to; shard += 1) {
      const before = findBlock(lines, isConsumed, key, nameOf(shard - 1))
      if (!before) return err(`no table with ${key} = "${nameOf(shard - 1)}"`)
      const copy = toCopy(copied, TABLES[first.header]?.(shard) ?? {}, shard)
      lines = lines.toSpliced(before.end, 0, '', ...copy)
    }
  }
  return ok(lines.join('\n'))
}

function findBlock(
  lines: readonly string[],
  isConsumed: boolean,
  key: string,
  value: string,
): Block | null {
  for (const block of listBlocks(lines)) {
    if (isConsumed !== (block.header === 'queues.consumers')) continue
    const own = lines.slice(block.start, block.end)
    if (own.some((line) => readValue(line, key) === value)) return block
  }
  return null
}

function listBlocks(lines: readonly string[]): Block[] {
  return lines.flatMap((line, start): Block[] => {
    const header = /^\s*\[\[\s*([\w.]+)\s*\]\]/.exec(line)?.[1]
    if (header === undefined || !(header in TABLES)) return []
    const length = lines.slice(start + 1).findIndex((next) => /^\s*\[/.test(next))
    let end = length === -1 ? lines.length : start + 1 + length
    // Blank lines and comments before the next table are the next table's.
    while (end > start + 1 && /^\s*(?:#.*)?$/.test(lines[end - 1] ?? '')) end -= 1
    return [{ header, start, end }]
  })
}

const PAIR = /^(\s*)([\w-]+)(\s*=\s*)(?:"([^"]*)"|'([^']*)')/

function readValue(line: string, key: string): string | null {
  const [, , name, , double, single] = PAIR.exec(line) ?? []
  return name === key ? (double ?? single ?? null) : null
}

/** Without comments, which speak of the first one; the id of a database is the name of one to be made. */
function toCopy(block: readonly string[], values: Values, shard: number): string[] {
  const name = block.map((line) => readValue(line, 'database_name')).find((one) => one !== null)
  return block.flatMap((line) => {
    if (/^\s*#/.test(line)) return []
    const match = PAIR.exec(line)
    if (!match) return [line.replace(/\s+#.*$/, '')]
    const [, indent = '', key = '', equals = '', double, single] = match
    const value = double ?? single ?? ''
    if (key === 'database_id') {
      return [`${indent}${key}${equals}"${toNumbered(shard)(name ?? 'switchboard')}"`]
    }
    // Another database for previews would be the first one's.
    if (key === 'preview_database_id') return []
    return [`${indent}${key}${equals}"${values[key]?.(value) ?? value}"`]
  })
}
