/** Works through a plan, one step after the other, and stops at the first that fails. */
import { CommandError, WorkError } from '../terminal/errors.ts'
import { paint, type Terminal } from '../terminal/terminal.ts'
import type { Step, StepKind } from './plan.ts'

/** Does one step; what it gives is said behind it. */
export type Work = (step: Step, update: (detail: string) => void) => Promise<string | void>

export interface Outcome extends Step {
  /** What came of it: `done` also for what was needed. */
  outcome: string
}

export async function runPlan(
  steps: readonly Step[],
  works: Record<StepKind, Work>,
  terminal: Terminal,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const step of steps) {
    if (step.state !== 'needed') {
      terminal.note(toLine(step))
      outcomes.push({ ...step, outcome: step.detail })
      continue
    }
    try {
      const title = `${step.title}: ${step.detail}`
      const said = await terminal.step(title, (update) => works[step.kind](step, update))
      outcomes.push({ ...step, outcome: said ?? 'done' })
    } catch (error) {
      throw error instanceof CommandError ? toStopped(step, error) : error
    }
  }
  return outcomes
}

const MARKS = { needed: '→', done: '✓', skipped: '–' } as const

export function toLine({ title, state, detail }: Step): string {
  const line = `${MARKS[state]} ${title}: ${detail}`
  return state === 'needed' ? line : paint('dim', line)
}

function toStopped({ title }: Step, { code, message, next }: CommandError): WorkError {
  const goOn =
    `What is done stays done. Run switchboard deploy again: it goes on from "${title}".` +
    (next === null ? '' : ` Before that: ${next}`)
  return new WorkError(`Stopped at "${title}". ${message}`, { code, next: goOn })
}
