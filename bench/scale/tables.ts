/** What is printed, as rows of text. */
import { OURS } from './constants.ts'
import { toDollarsAMonth } from './dollars.ts'
import { toTightest } from './parts.ts'
import type { Tried } from './try-setup.ts'
import { toTimes } from './verdict.ts'

export interface Table {
  title: string
  header: string[]
  rows: string[][]
}

const whole = (value: number) => Math.round(value).toLocaleString('en')
const seconds = (ms: number) => (ms / 1_000).toFixed(1)
const share = (used: number) => (used > 1 ? `× ${toTimes(used)}` : `${Math.round(used * 100)} %`)

/** A rate that does not hold: the tightest limits, in their order. */
export function toDefaultsTable(all: readonly Tried[]): Table {
  const rows = all.map((tried) => {
    const { setup, verdict } = tried
    const over = toTightest(verdict.parts).filter(({ used }) => used > 1)
    const time = (ms: number) => (tried.measured.isCutShort ? '' : seconds(ms))
    return [
      whole(setup.rate),
      verdict.holds ? 'yes' : 'no',
      `${verdict.first.name} ${share(verdict.first.used)}`,
      over
        .slice(1)
        .map(({ name, used }) => `${name} ${share(used)}`)
        .join(', '),
      whole(Math.max(0, verdict.growthPerSecond)),
      time(verdict.p50Ms),
      time(verdict.p99Ms),
    ]
  })
  const header = ['a second', 'holds', 'met first', 'then', 'backlog + a second', 'p50 s', 'p99 s']
  return { title: 'The defaults: one shard, concurrency 5, 30 days', header, rows }
}

export function toSmallestTable(title: string, all: readonly Tried[]): Table {
  const rows = all.map((tried) => {
    const { setup, verdict } = tried
    return [
      whole(setup.rate),
      toLimited(setup.shards, OURS.maxShards),
      toLimited(setup.concurrency, OURS.maxConcurrency),
      `${setup.retentionDays} d`,
      `${verdict.first.name} ${share(verdict.first.used)}`,
      verdict.because.join(', ') || 'yes',
      seconds(verdict.p50Ms),
      seconds(verdict.p99Ms),
      whole(toDollarsAMonth(tried)),
    ]
  })
  const header = ['a second', 'shards', 'concurrency', 'retention', 'tightest', 'holds', 'p50 s']
  return { title, header: [...header, 'p99 s', '$ a month'], rows }
}

/** What the product does not let one configure is marked. */
const toLimited = (value: number, most: number) => `${whole(value)}${value > most ? ' *' : ''}`

export function toUseTable(title: string, all: readonly Tried[]): Table {
  const names = all[0]?.verdict.parts.map(({ name }) => name) ?? []
  const rows = all.map(({ setup, verdict }) => [
    whole(setup.rate),
    ...verdict.parts.map(({ used }) => share(used)),
  ])
  return { title, header: ['a second', ...names], rows }
}

export function toMarkdown({ title, header, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rule = line(header.map(() => '---'))
  return [`### ${title}`, '', line(header), rule, ...rows.map(line)].join('\n')
}
