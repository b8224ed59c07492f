/**
 * Text that strangers wrote: what is invisible in it is shown, and what is written from right to left
 * stays in its place.
 */
import { toVisible } from '../../format/visible.ts'
import { Copyable } from '../../ui/copy.tsx'

/** All of it: whoever has text of any size cuts it before. */
export const toShown = (text: string): string => toVisible(text, Math.max(1, text.length)).text

export function VisibleText({ text }: { text: string }) {
  return <bdi>{toShown(text)}</bdi>
}

/** With a button that copies it, if what one sees is what it is. */
export function CopiedText({ text, what }: { text: string; what: string }) {
  return toShown(text) === text ? <Copyable text={text} what={what} /> : <VisibleText text={text} />
}
