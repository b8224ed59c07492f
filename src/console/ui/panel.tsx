/** A section of a page, with its heading: a landmark for whoever does not see it. */
import type { Child, PropsWithChildren } from 'hono/jsx'

interface PanelProps {
  /** Names the section: unique on the page. */
  id: string
  title: Child
  /** At the end of the heading's line. */
  aside?: Child
}

export function Panel({ id, title, aside, children }: PropsWithChildren<PanelProps>) {
  const heading = <h2 id={`${id}-title`}>{title}</h2>
  return (
    <section class="panel" id={id} aria-labelledby={`${id}-title`}>
      {aside ? (
        <div class="panel-head">
          {heading}
          <div>{aside}</div>
        </div>
      ) : (
        heading
      )}
      {children}
    </section>
  )
}
