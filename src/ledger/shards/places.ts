/**
 * One list of several ledgers', a page of each merged into a page of all. Pure.
 *
 * Promises: going on from where a page ended, each row comes once, whatever the rows' order is; within a
 * ledger their order stays. Across ledgers the order is that of `compare`, as far as clocks agree.
 */

/** Where a list stands in each ledger; null: there it is at its end. */
export type Place = readonly (number | null)[]

/** As a cursor has it: of one ledger the number alone. */
export type Cursor = number | Place

export const toCursor = (place: Place): Cursor => (place.length === 1 ? (place[0] ?? 0) : place)

/**
 * @returns undefined where the cursor says nothing: it was given when there were fewer ledgers
 */
export function toPosition(cursor: Cursor | undefined, index: number): number | null | undefined {
  return typeof cursor === 'number' ? (index === 0 ? cursor : undefined) : cursor?.[index]
}

/** What one ledger gave. */
export interface Part<Row> {
  rows: readonly Row[]
  /** Where it stood before; null: at its end. */
  from: number | null
  /** Where it goes on behind these rows; null: nowhere. */
  next: number | null
}

export interface Merge<Row> {
  limit: number
  /** Negative: `a` comes first. */
  compare: (a: Row, b: Row) => number
  /**
   * Whether a row may come before what a ledger has not looked at yet. Without it the page ends where
   * one ledger's rows end and there are more.
   */
  mayPass?: (row: Row, part: number) => boolean
}

export interface Merged<Row> {
  rows: { row: Row; part: number }[]
  /** Where each ledger stands behind them. */
  place: Place
}

export function mergeParts<Row extends { seq: number }>(
  parts: readonly Part<Row>[],
  { limit, compare, mayPass = () => false }: Merge<Row>,
): Merged<Row> {
  const taken = parts.map(() => 0)
  const headOf = (part: number) => parts[part]?.rows[taken[part] ?? 0]
  const rows: Merged<Row>['rows'] = []
  while (rows.length < limit) {
    const heads = parts.flatMap((_, part) => {
      const row = headOf(part)
      return row ? [{ row, part }] : []
    })
    const [first, ...others] = heads
    if (!first) break
    const best = others.reduce((a, b) => (compare(b.row, a.row) < 0 ? b : a), first)
    const isHeld = parts.some(
      ({ next }, part) => !headOf(part) && next !== null && !mayPass(best.row, part),
    )
    if (isHeld) break
    rows.push(best)
    taken[best.part] = (taken[best.part] ?? 0) + 1
  }
  return { rows, place: parts.map((part, i) => toPlaceBehind(part, taken[i] ?? 0)) }
}

function toPlaceBehind<Row extends { seq: number }>(
  { rows, from, next }: Part<Row>,
  taken: number,
): number | null {
  if (taken === rows.length) return next
  return taken === 0 ? from : (rows[taken - 1]?.seq ?? from)
}

/** Null: every ledger is at its end. */
export const toNext = (place: Place): Place | null =>
  place.some((position) => position !== null) ? place : null

const PARTS = 64

/** A number for a row that no other ledger gives one of its rows, for who keeps rows of all of them. */
export const toSeq = (seq: number, part: number): number => seq * PARTS + part

export const fromSeq = (seq: number): { seq: number; part: number } => ({
  seq: Math.floor(seq / PARTS),
  part: seq % PARTS,
})
