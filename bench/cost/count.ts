/**
 * Counts one configuration: sends it webhooks, waits until each is done with, lets the ledger forget
 * them again, and says how many operations that took. Throws when a webhook was not answered 200 or 204,
 * or not delivered once to each of its targets: whoever does less would look cheap.
 */
import { toProblemsOnly } from '../../src/config/problems-only.ts'
import { startTarget, type Call, type Script, type Target } from '../../test/faults/target.ts'
import { difference, type Counts } from './operations.ts'
import type { Planned, Scenario } from './scenarios.ts'
import { sendAll } from './send.ts'
import type { Tally } from './tally.ts'
import { startWorkers, type Workers } from './workers.ts'

const REPLY = '<Response><Message>Thanks, {{From}}!</Message></Response>'
const APP_REPLY = '<Response><Message>Thanks!</Message></Response>'
/** What a target takes for its answer. */
const ANSWER_MS = 50

export interface Counted extends Counts {
  /** Events that the ledger knew of in the end; of unrecorded kinds only those with a problem. */
  recorded: number
  /** What one run of the cron takes when there is nothing to do. */
  cron: Tally
}

export async function countScenario(scenario: Scenario, count: number): Promise<Counted> {
  const target = await startTarget()
  const workers = await startWorkers(toConfig(scenario, target))
  try {
    const planned = scenario.plan(count)
    // The first one finds everything cold.
    await sendAll(planned.slice(0, 1), workers, 'alone')
    await workers.prune()
    return await countAll(scenario, planned.slice(1), workers, target)
  } finally {
    await workers.stop()
    await target.stop()
  }
}

async function countAll(
  scenario: Scenario,
  planned: readonly Planned[],
  workers: Workers,
  target: Target,
): Promise<Counted> {
  const before = await workers.counted()
  const [bytesBefore, cpuBefore] = [await workers.databaseBytes(), workers.cpuMs()]
  const [loggedBefore, takenBefore] = [workers.loggedBytes(), countTaken(scenario, target)]
  const callsBefore = target.calls().length
  await sendAll(planned, workers, scenario.pace ?? 'steady')
  const cpuAfter = workers.cpuMs()
  const done = await workers.counted()
  const storedBytes = (await workers.databaseBytes()) - bytesBefore
  check(scenario, planned, countTaken(scenario, target) - takenBefore)
  const recorded = await workers.countEvents()
  checkRecorded(recorded, countOwed(scenario, planned, target.calls().slice(callsBefore)), planned)
  await workers.cron()
  const kept = await workers.counted()
  const deleted = await workers.prune()
  if (deleted !== recorded) throw new Error(`${recorded} events, ${deleted} deleted`)
  return {
    webhooks: planned.length,
    recorded,
    work: difference(done, before),
    cron: difference(kept, done),
    pruning: difference(await workers.counted(), kept),
    cpuMs: cpuBefore === null || cpuAfter === null ? null : cpuAfter - cpuBefore,
    storedBytes,
    loggedBytes: workers.loggedBytes() - loggedBefore,
  }
}

const toNames = ({ targets }: Scenario) => Array.from({ length: targets }, (_, i) => `target${i}`)

function toConfig(scenario: Scenario, target: Target) {
  const { reply = 'config', events = ['*'], hasFailures = false } = scenario
  const { remember, recordProblemsOnly = [] } = scenario
  const names = toNames(scenario)
  for (const name of names) target.script(`/${name}`, answersLater(hasFailures))
  target.script('/app', (_call, response) => {
    response.writeHead(200, { 'content-type': 'text/xml' }).end(APP_REPLY)
  })
  const otherwise = { twiml: REPLY }
  return {
    recordProblemsOnly,
    endpoints: {
      sms: {
        path: '/sms',
        reply: reply === 'app' ? { origin: `${target.url}/app`, otherwise } : otherwise,
        ...(remember !== undefined && { remember }),
      },
      voice: { path: '/voice', reply: { twiml: '<Response><Hangup/></Response>' } },
      status: { path: '/status' },
    },
    targets: Object.fromEntries(
      names.map((name) => [name, { url: `${target.url}/${name}`, events, retry: ['1s', '1s'] }]),
    ),
  }
}

/** 200 after ANSWER_MS; if asked to fail, 500 to the first call for every tenth event. */
function answersLater(hasFailures: boolean): Script {
  let events = 0
  return ({ number }, response) => {
    if (number === 1) events += 1
    const status = hasFailures && number === 1 && events % 10 === 0 ? 500 : 200
    setTimeout(() => response.writeHead(status).end('ok'), ANSWER_MS)
  }
}

/**
 * How many events the ledger has to know of. It knows of more where a lane has not told within its patience
 * what came of a call (src/consumer/outlook.ts), as on a machine that is busy with something else.
 */
function countOwed(
  { recordProblemsOnly = [] }: Scenario,
  planned: readonly Planned[],
  calls: readonly Call[],
): number {
  const isQuiet = toProblemsOnly({ recordProblemsOnly })
  const failed = calls.filter(
    ({ answered, body }) => answered !== 200 && isQuiet(JSON.parse(body).kind),
  )
  const always = planned.filter(({ kind }) => !isQuiet(kind))
  return always.length + new Set(failed.map(({ eventId }) => eventId)).size
}

function checkRecorded(recorded: number, owed: number, { length }: readonly Planned[]): void {
  if (recorded >= owed && recorded <= length) return
  throw new Error(`${recorded} of ${length} events are recorded, and ${owed} have to be`)
}

const countTaken = (scenario: Scenario, target: Target): number =>
  toNames(scenario)
    .flatMap((name) => target.calls(undefined, `/${name}`))
    .filter(({ answered }) => answered === 200).length

function check({ events, targets }: Scenario, planned: readonly Planned[], taken: number): void {
  const wanted = planned.filter(({ kind }) => events === undefined || events.includes(kind))
  const owed = wanted.length * targets
  if (taken !== owed) throw new Error(`${owed} deliveries were owed, and ${taken} taken`)
}
