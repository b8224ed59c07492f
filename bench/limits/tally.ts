/** What was tried, what was answered, and what nobody expected. */
import { printTable } from '../table.ts'

interface Line {
  tried: number
  answers: Map<string, number>
  worstMs: number
  surprises: number
}

/** Of one row, as many are shown whole. */
const MAX_SHOWN = 5

export class Tally {
  readonly #lines = new Map<string, Line>()
  readonly #shown: string[] = []

  /** @param answer a status, or what happened instead of one */
  count(row: string, answer: string | number, ms: number): void {
    const line = this.#line(row)
    line.tried++
    line.answers.set(String(answer), (line.answers.get(String(answer)) ?? 0) + 1)
    line.worstMs = Math.max(line.worstMs, ms)
  }

  surprise(row: string, what: string): void {
    const line = this.#line(row)
    line.surprises++
    if (line.surprises <= MAX_SHOWN) this.#shown.push(`${row}: ${what}`)
  }

  get surprises(): number {
    return [...this.#lines.values()].reduce((sum, line) => sum + line.surprises, 0)
  }

  print(title: string): void {
    const rows = [...this.#lines].map(([name, { tried, answers, worstMs, surprises }]) => [
      name,
      String(tried),
      [...answers]
        .toSorted(([a], [b]) => a.localeCompare(b))
        .map(([answer, count]) => `${answer}: ${count}`)
        .join(', '),
      worstMs.toFixed(0),
      String(surprises),
    ])
    const tried = [...this.#lines.values()].reduce((sum, line) => sum + line.tried, 0)
    console.log(`\n${title}: ${tried} tried, ${this.surprises} surprises`)
    printTable(['', 'tried', 'answers', 'worst ms', 'surprises'], rows)
    for (const text of this.#shown) console.log(`  ! ${text}`)
  }

  #line(row: string): Line {
    const known = this.#lines.get(row)
    if (known) return known
    const line: Line = { tried: 0, answers: new Map(), worstMs: 0, surprises: 0 }
    this.#lines.set(row, line)
    return line
  }
}
