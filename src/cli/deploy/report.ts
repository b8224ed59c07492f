/** What a deploy says at its end, as text and as data. */
import type { CompiledConfig } from '../../config/compiled.ts'
import { describeConsole, type ConsoleAddress } from './console-url.ts'
import type { GatewayUrl } from './gateway-url.ts'
import type { Step } from './plan.ts'
import type { Outcome } from './run-plan.ts'

export interface Report {
  project: { config: CompiledConfig; document: { version: string } }
  gateway: GatewayUrl
  /** Null: the project has no console. */
  console: ConsoleAddress | null
  status: 'deployed' | 'dry_run'
  steps: readonly (Step | Outcome)[]
}

export function describeGateway({ url, isWorkersDev, isConfigured }: GatewayUrl): string {
  if (isConfigured) return `The gateway's address is ${url}.`
  const where = isWorkersDev ? 'its address at workers.dev' : url
  return `The config has no publicUrl: the gateway is called at ${where}, ${url}.`
}

const listEndpoints = ({ project, gateway }: Report) =>
  project.config.endpoints.map(({ name, path }) => ({ name, url: gateway.url + path }))

/** Something that is different afterwards; health and test only look. */
const isChange = ({ kind, state }: Step) =>
  state === 'needed' && kind !== 'health' && kind !== 'test'

export function toData(report: Report) {
  const { project, gateway, console, status, steps } = report
  return {
    status: status === 'deployed' && !steps.some(isChange) ? 'unchanged' : status,
    url: gateway.url,
    console,
    version: project.document.version,
    endpoints: listEndpoints(report),
    steps: steps.map((step) => ({
      kind: step.kind,
      subject: step.subject,
      state: step.state,
      detail: step.detail,
      ...('outcome' in step ? { outcome: step.outcome } : {}),
    })),
  }
}

export function toEnd(report: Report): string {
  const { project, gateway, console } = report
  const { status, steps } = toData(report)
  const endpoints = listEndpoints(report)
  const width = Math.max(...endpoints.map(({ name }) => name.length))
  const made = report.steps.filter(isChange)
  const found = steps.filter(({ kind }) => kind === 'health' || kind === 'test')
  return [
    status === 'unchanged' ? 'Everything was in place: nothing was changed.' : 'Deployed.',
    ...made.map(({ title, detail }) => `  ${title}: ${detail}`),
    ...found.map((step) => `  ${step.kind}: ${'outcome' in step ? step.outcome : step.detail}`),
    '',
    `The gateway is at ${gateway.url} (config ${project.document.version}). For Twilio:`,
    ...endpoints.map(({ name, url }) => `  ${name.padEnd(width)}  ${url}`),
    ...(console === null ? [] : ['', describeConsole(console)]),
    '',
    'next: switchboard numbers adopt',
  ].join('\n')
}
