/**
 * Text of others in a line of ours: what is hidden in it can be seen, it is bounded, and what is written
 * from right to left turns nothing around it.
 */
import { toVisible } from '../format/visible.ts'

const MAX_CHARS = 300

export function Text({ value, max = MAX_CHARS }: { value: string; max?: number }) {
  const { text, more } = toVisible(value, max)
  return (
    <bdi>
      {text}
      {more !== null && <span class="quiet">… {more}</span>}
    </bdi>
  )
}
