/** `switchboard history`: what was published, by whom, and which is live. */
import { toPrintable } from '../../config/diff/diff-text.ts'
import { listPublications } from '../../config/published/history.ts'
import { readLive, toMark, type Live } from '../../config/published/live.ts'
import { placePublications, type Placed } from '../../config/published/standing.ts'
import { createTerminal } from '../terminal/terminal.ts'
import { toTable } from '../terminal/table.ts'
import { InvalidArgumentError, type DefineVerb } from '../terminal/verb.ts'
import { openCloud } from './cloud.ts'

const DEFAULT_LIMIT = 20

export const defineHistory: DefineVerb = (verb) => {
  verb
    .option('--limit <n>', 'how many, the newest first', parseLimit, DEFAULT_LIMIT)
    .action(async ({ limit, json }) => {
      const { store } = await openCloud(process.env, process.cwd())
      const [live, publications] = await Promise.all([readLive(store), listPublications(store)])
      const placed = placePublications(publications, toMark(live))
      const shown = placed.slice(0, limit)
      const remarks = toRemarks(live, placed)
      if (shown.length < placed.length) {
        remarks.push(`${placed.length - shown.length} older ones: --limit ${placed.length}`)
      }
      const data = { live: toLiveData(live, placed), publications: shown.map(toData) }
      const table = shown.length === 0 ? [] : [toTable(HEAD, shown.map(toRow))]
      createTerminal({ json }).result(data, [...table, ...remarks].join('\n'))
    })
}

function parseLimit(text: string): number {
  const limit = Number(text)
  if (/^\d{1,6}$/.test(text) && limit > 0) return limit
  throw new InvalidArgumentError('It is a number from 1.')
}

const HEAD = ['version', 'state', 'when', 'who', 'how', 'message']

function toRow({ version, standing, at, by, how, message }: Placed) {
  const state = standing === 'replaced' ? null : standing
  const [who, why] = [toPrintable(by), message === null ? null : toPrintable(message)]
  return [toPrintable(version), state, toLocalTime(at), who, how, why]
}

/** In the zone of whoever looks, sortable: Sweden writes it so. */
const toLocalTime = (at: number): string => new Date(at).toLocaleString('sv-SE')

function toData({ at, id: _id, ...rest }: Placed) {
  return { ...rest, at: new Date(at).toISOString() }
}

const isKept = (placed: readonly Placed[]): boolean =>
  placed.some(({ standing }) => standing === 'live')

function toLiveData(live: Live, placed: readonly Placed[]) {
  if (live.state === 'none') return { state: 'none', version: null }
  if (live.state === 'broken') return { state: 'broken', version: null, reason: live.reason }
  return { state: isKept(placed) ? 'kept' : 'foreign', version: live.version }
}

function toRemarks(live: Live, placed: readonly Placed[]): string[] {
  const remarks = []
  if (live.state === 'none') {
    remarks.push('Nothing is published: the config of the last deploy is live.')
  } else if (live.state === 'broken') {
    remarks.push(
      `What is published is broken (${live.reason}): Workers keep what they have, and new ones take the ` +
        'config of the last deploy. Mend it: switchboard push, or switchboard rollback',
    )
  } else if (!isKept(placed)) {
    const version = toPrintable(live.version)
    remarks.push(`Live is ${version}, which was not published with this command.`)
  }
  if (placed.some(({ standing }) => standing === 'unfinished')) {
    remarks.push('unfinished: it broke off, was overtaken, or KV does not show it yet.')
  }
  return remarks
}
