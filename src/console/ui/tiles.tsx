/** A few figures at the top of a page. */
import type { Child, PropsWithChildren } from 'hono/jsx'

export function Tiles({ children }: PropsWithChildren) {
  return <dl class="tiles">{children}</dl>
}

interface TileProps {
  label: Child
  value: Child
  note?: Child
  tone?: 'wait' | 'bad'
}

export function Tile({ label, value, note, tone }: TileProps) {
  return (
    <div class={tone === undefined ? 'tile' : `tile is-${tone}`}>
      <dt>{label}</dt>
      <dd>{value}</dd>
      {note && <dd class="tile-note">{note}</dd>}
    </div>
  )
}
