/** Something that the reader should know before the rest of the page. */
import type { PropsWithChildren } from 'hono/jsx'
import type { Tone } from './badge.tsx'
import { Icon, type IconName } from './icon.tsx'

interface NoticeProps {
  tone: Tone
  icon?: IconName
  /** It is what the page has to say first: it has the focus, so that screen readers begin with it. */
  isNews?: boolean
}

const ICONS = { good: 'good', wait: 'warn', bad: 'warn', calm: 'calm' } as const

export function Notice({
  tone,
  icon = ICONS[tone],
  isNews = false,
  children,
}: PropsWithChildren<NoticeProps>) {
  return (
    <div
      class={`notice is-${tone}`}
      {...(isNews ? { role: 'status', tabindex: -1, autofocus: true } : {})}
    >
      <Icon name={icon} />
      <div>{children}</div>
    </div>
  )
}
