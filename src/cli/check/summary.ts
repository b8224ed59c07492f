/** What a config has, in two tables that fit a screen. No URL that is a secret, and no secret. */
import type { CompiledConfig, CompiledReply, CompiledTarget } from '../../config/compiled.ts'
import { remembersReplies } from '../../config/remember.ts'
import { toTable } from '../terminal/table.ts'
import type { SecretState } from './check-secrets.ts'
import type { Finding } from './finding.ts'

export interface EndpointSummary {
  name: string
  path: string
  /** Null: told from the parameters. */
  kind: string | null
  /** `TwiML`, `JSON`, `status 204`, `app.example.com`; none: the kind's default. */
  replies: string[]
  /** Whether a retry gets the recorded reply; else the same is computed again. */
  remembers: boolean
}

export interface TargetSummary {
  name: string
  format: CompiledTarget['format']
  /** The host, or the name of the secret that holds the URL. */
  to: string
  events: string[]
  secrets: SecretState[]
}

export interface Summary {
  endpoints: EndpointSummary[]
  targets: TargetSummary[]
}

export function toSummary(config: CompiledConfig, secrets: readonly SecretState[]): Summary {
  const isSet = (name: string) => secrets.some((secret) => secret.name === name && secret.isSet)
  return {
    endpoints: config.endpoints.map((endpoint) => {
      const { name, path, kind, replies } = endpoint
      const remembers = remembersReplies(endpoint)
      return { name, path, kind, replies: replies.map(toReplyName), remembers }
    }),
    targets: config.targets.map((target) => {
      const { name, format, events, bearer, urlSecret } = target
      const names = [...target.secrets, bearer ?? [], urlSecret ?? []].flat()
      const states = names.map((each) => ({ name: each, isSet: isSet(each) }))
      return { name, format, to: toPlace(target), events, secrets: states }
    }),
  }
}

/** Never a URL that is a secret. */
export function toPlace({ url, urlSecret }: Pick<CompiledTarget, 'url' | 'urlSecret'>): string {
  return urlSecret ?? new URL(url).host
}

function toReplyName(reply: CompiledReply): string {
  switch (reply.type) {
    case 'twiml':
      return 'TwiML'
    case 'json':
      return 'JSON'
    case 'status':
      return `status ${reply.status}`
    case 'origin':
      return new URL(reply.url).host
  }
}

export function toSummaryText({ endpoints, targets }: Summary): string {
  const tables = [
    toTable(
      ['endpoint', 'path', 'kind', 'reply', 'a retry gets it'],
      endpoints.map(({ name, path, kind, replies, remembers }) => [
        name,
        path,
        kind ?? 'any',
        replies.length === 0 ? 'default' : countEach(replies),
        remembers ? 'as recorded' : 'computed again',
      ]),
    ),
  ]
  if (targets.length > 0) {
    tables.push(
      toTable(
        ['target', 'format', 'to', 'events', 'secrets'],
        targets.map(({ name, format, to, events, secrets }) => [
          name,
          format,
          to,
          events.join(', '),
          secrets.map((secret) => `${secret.name}${secret.isSet ? '' : ' (not set)'}`).join(', '),
        ]),
      ),
    )
  }
  return tables.join('\n\n')
}

/** `TwiML ×3, app.example.com` */
function countEach(names: readonly string[]): string {
  return [...new Set(names)]
    .map((name) => {
      const count = names.filter((other) => other === name).length
      return count === 1 ? name : `${name} ×${count}`
    })
    .join(', ')
}

/** `2 warnings:` and a line for each; empty for none. */
export function toList(word: string, findings: readonly Finding[]): string {
  const count = findings.length
  if (count === 0) return ''
  const lines = findings.map(({ path, message, fix }) => {
    return `  ${path === '' ? '(config)' : path}: ${message}; ${fix}`
  })
  return [`${count} ${word}${count === 1 ? '' : 's'}:`, ...lines].join('\n')
}
