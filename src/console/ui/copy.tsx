/** Text to take along. The button is there when the script is; the text can be selected without it. */
import type { Child } from 'hono/jsx'

interface CopyButtonProps {
  /** What goes into the clipboard. */
  text: string
  /** What it is, for whoever hears only the button: `the URL of sms`. */
  what: string
  label?: Child
}

export function CopyButton({ text, what, label = 'Copy' }: CopyButtonProps) {
  return (
    <button type="button" class="is-small" data-copy={text}>
      {label}
      <span class="unseen"> {what}</span>
    </button>
  )
}

/** @param text shown as it is, and copied */
export function Copyable({ text, what }: { text: string; what: string }) {
  return (
    <span class="copyable">
      <code>{text}</code>
      <CopyButton text={text} what={what} />
    </span>
  )
}
