/** Something that the reader should know before the rest of the page. */
import type { PropsWithChildren } from 'hono/jsx'
import type { Tone } from './badge.tsx'
import { Icon } from './icon.tsx'

interface NoticeProps {
  tone: Tone
  /** It came just now, with this answer: screen readers say it. */
  isNews?: boolean
}

export function Notice({ tone, isNews = false, children }: PropsWithChildren<NoticeProps>) {
  return (
    <div class={`notice is-${tone}`} {...(isNews ? { role: 'status' } : {})}>
      <Icon name={tone === 'bad' ? 'warn' : tone} />
      <div>{children}</div>
    </div>
  )
}
