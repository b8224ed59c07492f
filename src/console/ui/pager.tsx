/** To the next and back to the first part of a list: links, since a list's place is its URL. */

interface PagerProps {
  /** What is listed, for the name of the landmark: `Events`. */
  label: string
  /** Null: this is the first part. */
  first: string | null
  /** Null: there is nothing left. */
  next: string | null
  /** `Older` unless given. */
  nextLabel?: string
}

export function Pager({ label, first, next, nextLabel = 'Older' }: PagerProps) {
  if (first === null && next === null) return null
  return (
    <nav class="actions" aria-label={`${label}: parts of the list`}>
      {first !== null && (
        <a class="button" href={first}>
          Newest
        </a>
      )}
      {next !== null && (
        <a class="button" href={next} rel="next">
          {nextLabel}
        </a>
      )}
    </nav>
  )
}
