/**
 * A verified request as a webhook: its parameters, or its JSON, ready to be recognised.
 *
 * Call it only behind the signature check: this is where a body is interpreted. Nothing is lost: JSON
 * that cannot be read is kept whole as text. Never throws.
 */
import type { Json } from '../events/event.ts'
import { Params, parseForm, type Param } from './params.ts'
import { parseJson } from './values.ts'

export interface Webhook {
  /** Form or GET parameters. For a JSON object its top-level names: a container is its JSON text. */
  params: Params
  /** The pairs that the user's own URL carries, without Twilio's `bodySHA256`. Empty for GET. */
  query: readonly Param[]
  /** A JSON body; undefined for other bodies. */
  json: Json | undefined
  /** A body that said it was JSON and is not; undefined for other bodies. */
  text: string | undefined
}

export interface WebhookSource {
  bodyType: 'form' | 'json' | 'none'
  /** Form parameters, or the query's for GET. Not looked at for JSON. */
  params: Params
  /** Query string as received, without `?`. */
  query: string
  /** The body as text. */
  text: string
}

export function toWebhook({ bodyType, params, query, text }: WebhookSource): Webhook {
  const pairs = bodyType === 'none' || query === '' ? [] : parseOwnQuery(query)
  if (bodyType !== 'json') return { params, query: pairs, json: undefined, text: undefined }
  const json = parseJson(text)
  if (json === undefined) return { params: new Params([]), query: pairs, json, text }
  return { params: new Params(toPairs(json)), query: pairs, json, text: undefined }
}

function parseOwnQuery(query: string): Param[] {
  return parseForm(query).filter(([name]) => name !== 'bodySHA256')
}

function toPairs(json: Json): Param[] {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return []
  return Object.entries(json).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
}
