/** `switchboard trigger --scenario`: reads what it needs, plays it, and says how it went. */
import { suggest } from '../../config/did-you-mean.ts'
import type { Param } from '../../twilio/params.ts'
import { findKind, KIND_NAMES } from '../../twilio/kinds.ts'
import { EXIT, UsageError } from '../terminal/errors.ts'
import type { Terminal } from '../terminal/terminal.ts'
import type { DialStatus } from './call/scene.ts'
import { runScenario } from './run-scenario.ts'
import { toScenarioData, toScenarioText } from './scenario-report.ts'
import { SCENARIOS, type Scenario } from './scenarios.ts'
import { readSigner } from './signer.ts'

export interface ScenarioArguments {
  to?: string | undefined
  status?: string | undefined
  fallback?: string | undefined
  digits: string[]
  dial: DialStatus
  anyHost?: true | undefined
  set: Param[]
  publicUrl?: string | undefined
  account?: string | undefined
  state: string
  token?: string | undefined
  method?: string | undefined
}

export async function triggerScenario(
  name: string,
  kind: string | undefined,
  options: ScenarioArguments,
  terminal: Terminal,
): Promise<void> {
  const scenario = findScenario(name)
  const to = refuseUnfit(scenario, kind, options)
  const exchanges = await terminal.step(`Playing ${name}`, (update) =>
    runScenario(scenario, {
      signer: readSigner(options.account, options.state),
      publicUrl: options.publicUrl ?? null,
      set: options.set,
      to,
      status: options.status ?? null,
      fallback: options.fallback ?? null,
      kind: kind ?? 'messaging.inbound',
      behaviour: { digits: options.digits, dial: options.dial },
      isAnyHost: options.anyHost === true,
      onStep: ({ request }) => update(request.kind),
    }),
  )
  const data = toScenarioData(scenario, exchanges)
  terminal.result(data, toScenarioText(scenario, exchanges))
  if (!data.ok) process.exitCode = EXIT.failed
}

function findScenario(name: string): Scenario {
  const scenario = SCENARIOS.find((each) => each.name === name)
  if (scenario) return scenario
  const names = SCENARIOS.map((each) => each.name)
  const next = suggest(name, names, `There are ${names.join(', ')}.`)
  throw new UsageError(`There is no scenario "${name}".`, { next })
}

/** What would have to be ignored is refused. Gives where it goes. */
function refuseUnfit(
  { name, needs }: Scenario,
  kind: string | undefined,
  options: ScenarioArguments,
): string {
  const { to, token, method } = options
  if (to === undefined) {
    throw new UsageError('--to is missing.', {
      next: 'Say where: --to http://127.0.0.1:8787/voice',
    })
  }
  for (const place of needs) {
    if (place !== 'to' && options[place] === undefined) {
      throw new UsageError(`The scenario ${name} needs --${place} URL.`)
    }
  }
  if (kind !== undefined && name !== 'retry') {
    throw new UsageError(`The scenario ${name} takes no kind; only retry does.`)
  }
  if (kind !== undefined) refuseKind(kind)
  if (token !== undefined || method !== undefined) {
    throw new UsageError('--token and --method are for single webhooks, not for a scenario.')
  }
  return to
}

function refuseKind(kind: string): void {
  const found = findKind(kind)
  if (!found) {
    const next = suggest(kind, KIND_NAMES, '"switchboard trigger" lists them.')
    throw new UsageError(`There is no kind "${kind}".`, { next })
  }
  if (found.body === 'websocket') throw new UsageError('A handshake is not tried again by Twilio.')
}
