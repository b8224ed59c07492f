/** What stands where there is nothing to show, or where something could not be read. */
import type { Child, PropsWithChildren } from 'hono/jsx'
import type { ProblemInit } from '../api/problem.ts'
import { Notice } from './notice.tsx'

/** Nothing there, which is no mistake: says why, and what one can do. Children are links or buttons. */
export function Empty({
  title,
  hint,
  children,
}: PropsWithChildren<{ title: Child; hint?: Child }>) {
  return (
    <div class="empty">
      <strong>{title}</strong>
      {hint && <p>{hint}</p>}
      {children && <div class="actions">{children}</div>}
    </div>
  )
}

type Shown = Pick<ProblemInit, 'title' | 'detail' | 'errors'>

/** What the API would not or could not do, in its words. */
export function ProblemState({ problem }: { problem: Shown }) {
  const { title, detail, errors = [] } = problem
  return (
    <Notice tone="bad">
      <strong>{title}</strong>
      {detail !== undefined && <p>{detail}</p>}
      {errors.length > 0 && (
        <ul class="plain-list">
          {errors.map(({ path, message }) => (
            <li>
              <code>{path}</code>: {message}
            </li>
          ))}
        </ul>
      )}
    </Notice>
  )
}
