/** The top of a page: its one first heading, where it hangs, what it is for, what one can do. */
import type { Child, PropsWithChildren } from 'hono/jsx'

interface PageHeaderProps {
  title: Child
  /** The page above this one. */
  up?: { href: string; label: string }
  /** A sentence or two. */
  lede?: Child
}

/** Children are links, buttons or a badge, at the end of the line. */
export function PageHeader({ title, up, lede, children }: PropsWithChildren<PageHeaderProps>) {
  return (
    <header class="page-header">
      <div>
        {up && (
          <p class="crumb">
            <a href={up.href}>{up.label}</a>
            <span aria-hidden="true"> /</span>
          </p>
        )}
        <h1>{title}</h1>
        {lede && <p>{lede}</p>}
      </div>
      {children && <div class="actions">{children}</div>}
    </header>
  )
}
