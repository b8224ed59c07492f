/**
 * A change that one has to want twice: a button that unfolds what it will do and the form that does it.
 * No script, no dialog: the first press opens, the second one sends.
 */
import type { Child, PropsWithChildren } from 'hono/jsx'

interface ConfirmProps {
  /** On the first button; ends with `…`. */
  label: Child
  tone?: 'main' | 'bad'
  isSmall?: boolean
  /** After a mistake in the form. */
  isOpen?: boolean
}

export function Confirm(props: PropsWithChildren<ConfirmProps>) {
  const { label, tone, isSmall = false, isOpen = false, children } = props
  const classes = ['button', tone && `is-${tone}`, isSmall && 'is-small'].filter(Boolean).join(' ')
  return (
    <details class="confirm" open={isOpen}>
      <summary class={classes}>{label}</summary>
      <div class="confirm-body">{children}</div>
    </details>
  )
}
