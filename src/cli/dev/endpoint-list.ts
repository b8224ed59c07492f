/** What a developer can call, and how: the lines behind "ready". Pure. */
import type { CompiledConfig, CompiledEndpoint, CompiledReply } from '../../config/compiled.ts'
import { toTable } from '../terminal/table.ts'

/**
 * The URLs and what they answer, a line each.
 *
 * @param origin of the tunnel, if there is one: what Twilio calls
 */
export function toEndpointLines(config: CompiledConfig, origin: string): string[] {
  const rows = config.endpoints.map((endpoint) => [
    `  ${origin}${endpoint.path}`,
    toAnswer(endpoint),
  ])
  return rows.length === 0 ? ['  (the config has no endpoints)'] : toTable([], rows).split('\n')
}

function toAnswer({ kind, replies }: CompiledEndpoint): string {
  const answers = [...new Set(replies.map(toReply))].join(', or ')
  const choices = replies.length > 1 ? ` (${replies.length} rules)` : ''
  const only = kind === null ? '' : `${kind}: `
  return only + (replies.length === 0 ? "its kind's default" : answers + choices)
}

function toReply(reply: CompiledReply): string {
  if (reply.type === 'twiml') return 'TwiML'
  if (reply.type === 'json') return `JSON, ${reply.status}`
  return reply.type === 'status' ? `status ${reply.status}` : `asks ${reply.url}`
}

export interface Call {
  /** The gateway on this machine. */
  url: string
  /** Where `dev` keeps its own token; null: `trigger` finds it by itself. */
  state: string | null
}

/** A `trigger` that works with this config as it is; null: there is nothing to call. */
export function toTriggerCommand(config: CompiledConfig, { url, state }: Call): string | null {
  const endpoint = config.endpoints.find(({ path }) => !path.endsWith('/*'))
  if (!endpoint) return null
  const words = [
    'npm run switchboard -- trigger',
    endpoint.kind ?? guessKind(endpoint),
    `--to ${url}${endpoint.path}`,
    ...(config.publicUrl === null ? [] : [`--public-url ${config.publicUrl}`]),
    ...(state === null ? [] : [`--state ${state}`]),
  ]
  return words.join(' ')
}

/** Any kind may come to any endpoint; one that fits its name makes the better example. */
function guessKind({ name, path }: CompiledEndpoint): string {
  const words = `${name} ${path}`.toLowerCase()
  if (/status|callback/.test(words)) return 'messaging.status'
  return /voice|call|ivr|menu/.test(words) ? 'voice.inbound' : 'messaging.inbound'
}
