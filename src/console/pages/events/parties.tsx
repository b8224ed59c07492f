/** Whom something is from and to. */
import { VisibleText } from '../event/visible-text.tsx'

export function Parties({ from, to }: { from: string | null; to: string | null }) {
  if (from === null && to === null) return <></>
  return (
    <>
      <VisibleText text={from ?? '?'} />
      <span class="quiet">
        <span aria-hidden="true"> → </span>
        <span class="unseen"> to </span>
      </span>
      <VisibleText text={to ?? '?'} />
    </>
  )
}
