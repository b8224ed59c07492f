/**
 * A value of any size: short ones as they are, long ones folded away with their size. What is too large
 * for a page is shown in part, with a link to all of it.
 */
import { formatBytes } from '../../format/numbers.ts'
import { VisibleText } from './visible-text.tsx'

const FOLD_CHARS = 600
const PREVIEW_CHARS = 120
/** Of one value, and of all of a page: the page stays below its 150 KB. */
const MAX_CHARS = 70_000
const PAGE_CHARS = 80_000

/** What a page has left to show; one for each answer. */
export interface Budget {
  left: number
}

export const createBudget = (): Budget => ({ left: PAGE_CHARS })

interface LongTextProps {
  text: string
  budget: Budget
  /** Where all of it is. */
  wholePath: string
}

export function LongText({ text, budget, wholePath }: LongTextProps) {
  if (text.length <= FOLD_CHARS) {
    budget.left -= text.length
    return <VisibleText text={text} />
  }
  const isWhole = text.length <= MAX_CHARS && text.length <= budget.left
  const shown = isWhole ? text : cut(text, Math.max(0, Math.min(2_000, budget.left)))
  budget.left -= shown.length
  return (
    <details class="long">
      <summary>
        <span class="long-start">
          <VisibleText text={`${cut(text, PREVIEW_CHARS)}…`} />
        </span>{' '}
        <span class="quiet">({toSize(text)})</span>
      </summary>
      {/* It scrolls: with the keyboard, too. */}
      <div class="long-text" role="group" aria-label="The text" tabindex={0}>
        <VisibleText text={shown} />
      </div>
      {!isWhole && (
        <p>
          <a href={wholePath}>All of it, as text</a>
        </p>
      )}
    </details>
  )
}

/** Never half a character: the two parts of an emoji stay together. */
export function cut(text: string, chars: number): string {
  const last = text.charCodeAt(chars - 1)
  const isSplit = last >= 0xd8_00 && last <= 0xdb_ff
  return text.slice(0, isSplit ? chars - 1 : chars)
}

/** In bytes of UTF-8. */
export const toSize = (text: string): string =>
  formatBytes(new TextEncoder().encode(text).byteLength)
