/** A scenario as it went: one row for each request, for people and for scripts. */
import { toTable } from '../terminal/table.ts'
import type { Exchange } from './call/call-request.ts'
import type { Scenario } from './scenarios.ts'

export function toScenarioData({ name }: Scenario, exchanges: readonly Exchange[]) {
  const steps = exchanges.map(({ request, answer, problem, heard }) => ({
    kind: request.kind,
    method: request.method,
    url: withoutQuery(request.url),
    status: answer.status,
    contentType: answer.contentType,
    durationMs: Math.round(answer.durationMs * 10) / 10,
    heard,
    problem,
  }))
  return { scenario: name, ok: steps.every(({ problem }) => problem === null), steps }
}

/** A query may hold phone numbers. */
function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}

export function toScenarioText(scenario: Scenario, exchanges: readonly Exchange[]): string {
  const { ok, steps } = toScenarioData(scenario, exchanges)
  const { origin: first } = new URL(steps[0]?.url ?? 'http://none')
  const rows = steps.map(({ kind, method, url, status, durationMs, heard, problem }) => [
    kind,
    `${method} ${url.startsWith(`${first}/`) ? url.slice(first.length) : url}`,
    status === 0 ? null : status,
    `${durationMs.toFixed(0)} ms`,
    [...(problem ? [toProblemText(problem)] : []), ...heard].join('; '),
  ])
  const failed = steps.filter(({ problem }) => problem !== null).length
  const end = ok
    ? `All ${steps.length} answers are good.`
    : `${failed} of ${steps.length} answers are not.`
  return [toTable(['WEBHOOK', 'REQUEST', 'STATUS', 'TIME', 'WHAT HAPPENS'], rows), '', end].join(
    '\n',
  )
}

/** Twilio's number, where the problem is one of Twilio's. */
const toProblemText = ({ code, text }: { code: number; text: string }) =>
  code === 0 ? `NOT GOOD: ${text}` : `NOT GOOD (error ${code}): ${text}`
