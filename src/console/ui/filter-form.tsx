/** What a list is narrowed down by. It is a GET: the URL holds the filter, and can be passed on. */
import type { PropsWithChildren } from 'hono/jsx'

interface FilterFormProps {
  action: string
  /** What it filters: `Events`. */
  label: string
  /** Something is set: then one can take it all away. */
  isSet: boolean
}

/** Children are fields (form.tsx). */
export function FilterForm(props: PropsWithChildren<FilterFormProps>) {
  const { action, label, isSet, children } = props
  return (
    <form method="get" action={action} class="filter panel" role="search" aria-label={label}>
      {children}
      <div class="actions">
        <button type="submit" class="is-main">
          Filter
        </button>
        {isSet && (
          <a class="button" href={action}>
            Clear
          </a>
        )}
      </div>
    </form>
  )
}
