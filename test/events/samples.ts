/**
 * The sample requests of test/fixtures/samples: captures, and requests composed from Twilio's pages.
 * Each names its kind; a new sample is picked up by the tests of recognition and normalization.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Json } from '../../src/events/event.ts'
import { Params, type Param } from '../../src/twilio/params.ts'
import { toWebhook, type Webhook } from '../../src/twilio/webhook.ts'

const DIRECTORY = join(import.meta.dirname, '../fixtures/samples')

interface SampleFile {
  kind: string
  params?: Param[]
  body?: Json
}

export interface Sample {
  name: string
  kind: string
  webhook: Webhook
}

export const SAMPLES: Sample[] = readdirSync(DIRECTORY)
  .toSorted()
  .map((file) => {
    const sample: SampleFile = JSON.parse(readFileSync(join(DIRECTORY, file), 'utf8'))
    const webhook = sample.body === undefined ? toForm(sample.params ?? []) : toJson(sample.body)
    return { name: file.replace('.json', ''), kind: sample.kind, webhook }
  })

export function toForm(pairs: readonly Param[], query = ''): Webhook {
  return toWebhook({ bodyType: 'form', params: new Params(pairs), query, text: '' })
}

export function toJson(json: Json): Webhook {
  return toJsonText(JSON.stringify(json))
}

export function toJsonText(text: string): Webhook {
  return toWebhook({ bodyType: 'json', params: new Params([]), query: '', text })
}
