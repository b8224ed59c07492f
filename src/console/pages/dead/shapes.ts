/** What the API answers about what is dead and about replays, named for the pages. */
export interface DeadGroup {
  target: string
  reason: string | null
  events: number
  oldestAt: string
  newestAt: string
  eventId: string
}

export interface DeadSummary {
  events: number
  groups: DeadGroup[]
  isComplete: boolean
}

export interface ReplayJob {
  id: string
  filter: { target?: string; reason?: string; from?: string; before?: string }
  state: 'running' | 'done' | 'cancelled'
  total: number
  sent: number
  createdAt: string
  createdBy: string
  endedAt: string | null
}

export interface ReplayOutcome {
  events: number
  delivered: number
  dead: number
  waiting: number
  isComplete: boolean
}
