/**
 * Text that is laid out for reading and for taking along: folded away, copied by a button. When it is too
 * large for a page it is a link, and a page of plain text behind it.
 */
import type { Child } from 'hono/jsx'
import { toVisible } from '../../format/visible.ts'
import { toSize } from './long-text.tsx'
import { VisibleText } from './visible-text.tsx'

const MAX_CHARS = 16_000

interface WholePartProps {
  /** Unique on the page. */
  id: string
  title: Child
  /** What is copied, for whoever hears only the button. */
  what: string
  text: string
  /** As plain text. */
  path: string
  note?: Child
  isOpen?: boolean
}

export function WholePart({ id, title, what, text, path, note, isOpen = false }: WholePartProps) {
  if (text.length > MAX_CHARS) {
    return (
      <p>
        <a href={path}>
          {title} ({toSize(text)}, as text)
        </a>
      </p>
    )
  }
  return (
    <details open={isOpen}>
      <summary>{title}</summary>
      {note && <p class="hint">{note}</p>}
      <div class="copied">
        <CopyWhole id={id} text={text} what={what} />
        <a class="quiet" href={path}>
          as text<span class="unseen">: {what}</span>
        </a>
      </div>
      <pre id={id} tabindex={0}>
        <VisibleText text={text} />
      </pre>
    </details>
  )
}

/**
 * Copied from what is shown, so that it is on the page once. Text of which something had to be made visible
 * is not what is shown: there is the link.
 */
function CopyWhole({ id, text, what }: Pick<WholePartProps, 'id' | 'text' | 'what'>) {
  if (toVisible(text, text.length + 1).text !== text) return <></>
  return (
    <button type="button" class="is-small" data-copy-from={id}>
      Copy<span class="unseen"> {what}</span>
    </button>
  )
}
