/**
 * A table that is one for everybody: caption, heads with their scope. A wide one scrolls by itself, also
 * with the keyboard; `cards` makes a card of each row on a phone.
 *
 * The roles are written out because a row that is drawn as a block is not read as a row any more.
 */
import type { Child, PropsWithChildren } from 'hono/jsx'

export interface Column {
  label: Child
  /** Numbers stand at the end. */
  align?: 'end'
}

interface TableProps {
  /** What it lists; also the name of what scrolls. */
  caption: string
  /** The caption is for those who do not see the heading above. */
  isCaptionSeen?: boolean
  columns: readonly Column[]
  isCards?: boolean
  /** Of the rows, for partial updates. */
  bodyId?: string
}

export function Table(props: PropsWithChildren<TableProps>) {
  const { caption, isCaptionSeen = false, columns, isCards = true, bodyId, children } = props
  return (
    <div class="table-wrap" role="group" aria-label={caption} tabindex={0}>
      <table role="table" class={isCards ? 'cards' : ''}>
        <caption class={isCaptionSeen ? '' : 'unseen'}>{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map(({ label, align }) => (
              <th role="columnheader" scope="col" class={align ?? ''}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup" {...(bodyId === undefined ? {} : { id: bodyId })}>
          {children}
        </tbody>
      </table>
    </div>
  )
}

interface RowProps {
  id?: string
  class?: string
  /** The one that the page is about. */
  isCurrent?: boolean
}

export function Row({ id, class: name = '', isCurrent, children }: PropsWithChildren<RowProps>) {
  return (
    <tr
      role="row"
      class={name}
      {...(id === undefined ? {} : { id })}
      {...(isCurrent === true ? { 'aria-current': 'true' as const } : {})}
    >
      {children}
    </tr>
  )
}

interface CellProps {
  /** Its column, said on a phone. Without: the cell takes the whole line there. */
  label?: string
  /** What the row is about. */
  isHead?: boolean
  align?: 'end'
  class?: string
}

export function Cell(props: PropsWithChildren<CellProps>) {
  const { label, isHead = false, align, class: name, children } = props
  const classes = [align, name, label === undefined ? 'whole' : null].filter(Boolean).join(' ')
  const data = label === undefined ? {} : { 'data-label': label }
  if (isHead) {
    return (
      <th role="rowheader" scope="row" class={classes} {...data}>
        <span>{children}</span>
      </th>
    )
  }
  return (
    <td role="cell" class={classes} {...data}>
      <span>{children}</span>
    </td>
  )
}
