/**
 * Text that strangers wrote: what is invisible in it is shown, and what is written from right to left
 * stays in its place.
 */
import { toVisible } from '../../format/visible.ts'

/** All of it: whoever has text of any size cuts it before. */
export function VisibleText({ text }: { text: string }) {
  return <bdi>{toVisible(text, Math.max(1, text.length)).text}</bdi>
}
