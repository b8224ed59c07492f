/** A state in a word, a shape and a colour: each alone is enough. */
import type { PropsWithChildren } from 'hono/jsx'
import type { Outcome } from '../../ledger/reads/types.ts'
import { Icon, type IconName } from './icon.tsx'

export type Tone = 'good' | 'wait' | 'bad' | 'calm'

interface BadgeProps {
  tone: Tone
  icon?: IconName
  title?: string
}

export function Badge({ tone, icon = tone, title, children }: PropsWithChildren<BadgeProps>) {
  return (
    <span class={`badge is-${tone}`} {...(title === undefined ? {} : { title })}>
      <Icon name={icon} />
      {children}
    </span>
  )
}

const OUTCOMES: Readonly<Record<string, { tone: Tone; word: string }>> = {
  delivered: { tone: 'good', word: 'delivered' },
  waiting: { tone: 'wait', word: 'waiting' },
  pending: { tone: 'wait', word: 'waiting' },
  dead: { tone: 'bad', word: 'dead' },
  unmatched: { tone: 'calm', word: 'no target' },
}

/** @param outcome of an event, or the status of a delivery */
export function OutcomeBadge({ outcome }: { outcome: Outcome | 'pending' }) {
  const { tone, word } = OUTCOMES[outcome] ?? { tone: 'calm' as const, word: outcome }
  return <Badge tone={tone}>{word}</Badge>
}
