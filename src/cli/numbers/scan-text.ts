/** A scan for people: the counts first, then alike routes in one row, or every resource in its own. */
import { toTable } from '../terminal/table.ts'
import { FINDINGS } from './findings.ts'
import { countOf, KINDS, RESOURCE_KINDS, toCount } from './resource.ts'
import {
  bypasses,
  countFindings,
  groupRoutes,
  type Scanned,
  type ScannedRoute,
} from './scan-data.ts'

export function toScanText(
  scanned: readonly Scanned[],
  { origin, inFull }: { origin: string; inFull: boolean },
): string {
  const parts = [toSummary(scanned, origin), toCountTable(scanned)]
  parts.push(inFull ? toFullTable(scanned) : toGroupTable(scanned))
  parts.push(toNext(scanned))
  return parts.filter((part) => part !== '').join('\n\n')
}

function toSummary(scanned: readonly Scanned[], origin: string): string {
  const accounts = new Set(scanned.map(({ account }) => account)).size
  const counts = RESOURCE_KINDS.flatMap((kind) => {
    const count = scanned.filter((each) => each.kind === kind).length
    return count === 0 ? [] : [countOf(kind, count)]
  })
  const what = counts.length === 0 ? 'nothing that has webhooks' : counts.join(', ')
  const where = accounts > 1 ? ` in ${accounts} accounts` : ''
  return `${origin}: ${what}${where}`
}

function toCountTable(scanned: readonly Scanned[]): string {
  const counts = [...countFindings(scanned)]
  if (counts.length === 0) return ''
  const order = Object.keys(FINDINGS)
  const rows = counts
    .toSorted(([a], [b]) => order.indexOf(a) - order.indexOf(b))
    .map(([finding, count]) => [finding, toCount(count), FINDINGS[finding].text])
  return toTable(['FINDING', 'COUNT', 'WHAT IS SENT THERE'], rows)
}

const BY: Record<ScannedRoute['by'], string> = {
  self: 'itself',
  application: 'TwiML app',
  service: 'service',
  trunk: 'SIP trunk',
  disabled: 'service',
  numbers: 'its numbers',
  missing: 'missing',
  unread: 'unknown',
}

function toGroupTable(scanned: readonly Scanned[]): string {
  const rows = groupRoutes(scanned).map((group) => [
    group.channel,
    group.url,
    BY[group.by],
    group.findings.join(' '),
    countOf(group.kind, group.count),
    group.count === 1 ? group.example : `${group.example} …`,
  ])
  if (rows.length === 0) return ''
  return toTable(['CHANNEL', 'URL', 'DECIDED BY', 'FINDINGS', 'COUNT', 'WHICH'], rows)
}

function toFullTable(scanned: readonly Scanned[]): string {
  const rows = scanned.flatMap(({ kind, name, sid, routes }) =>
    routes.map((route, index) => [
      index === 0 ? KINDS[kind].names[0] : '',
      index === 0 ? name : '',
      index === 0 ? sid : '',
      route.channel,
      route.url,
      BY[route.by],
      route.findings.join(' '),
    ]),
  )
  if (rows.length === 0) return ''
  return toTable(['KIND', 'NAME', 'SID', 'CHANNEL', 'URL', 'DECIDED BY', 'FINDINGS'], rows)
}

function toNext(scanned: readonly Scanned[]): string {
  const count = scanned.filter(bypasses).length
  if (count > 0) {
    return `${toCount(count)} bypass the gateway. "switchboard numbers adopt --dry-run" shows what would change.`
  }
  return scanned.length === 0 ? '' : 'Nothing bypasses the gateway.'
}
