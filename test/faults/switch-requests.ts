/** How a test reaches the switches of a faulty Worker. */
import type { Fault, WorkerReport } from './fault.ts'
import { setFaults, switches } from './faulty-bindings.ts'
import { countMessages } from './watched-batch.ts'

export const SWITCH_PATHS = ['/faults', '/calls', '/report']

/** `POST /faults` sets them; `GET /calls` is what was called since; `GET /report` what came of them. */
export async function answerSwitches(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url)
  if (pathname === '/faults') setFaults(await request.json<Fault[]>())
  if (pathname !== '/report') return Response.json(switches.calls)
  const { written } = switches
  const report: WorkerReport = { hits: switches.hits.splice(0), written, ...countMessages() }
  return Response.json(report)
}
