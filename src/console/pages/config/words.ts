/** The words of the config pages. */
import type { z } from '@hono/zod-openapi'
import type * as schemas from '../../api/config-schemas.ts'
import type { Tone } from '../../ui/badge.tsx'

export type Config = z.infer<typeof schemas.ConfigSchema>
export type Publication = z.infer<typeof schemas.PublicationSchema>
export type Difference = z.infer<typeof schemas.DifferenceSchema>
export type Plan = z.infer<typeof schemas.PlanSchema>
export type Gateway = z.infer<typeof schemas.GatewaySchema>

export const CONFIG_PATH = '/config'

export const toVersionPath = (id: string): string =>
  `${CONFIG_PATH}/versions/${encodeURIComponent(id)}`

export const toDiffPath = (from: string, to: string): string =>
  `${CONFIG_PATH}/diff?${new URLSearchParams({ from, to }).toString()}`

export const toRollbackPath = (id: string): string =>
  `${CONFIG_PATH}/rollback?${new URLSearchParams({ to: id }).toString()}`

export const HOWS: Readonly<Record<Publication['how'], string>> = {
  push: 'pushed',
  deploy: 'deployed',
  rollback: 'rolled back',
  unknown: 'published',
}

export const STANDINGS: Readonly<Record<Publication['standing'], { tone: Tone; word: string }>> = {
  live: { tone: 'good', word: 'live' },
  replaced: { tone: 'calm', word: 'replaced' },
  unfinished: { tone: 'wait', word: 'unfinished' },
}

export const REPLIES: Readonly<Record<Config['endpoints'][number]['replies'][number], string>> = {
  twiml: 'TwiML',
  json: 'JSON',
  status: 'a status',
  origin: 'asks an app',
}

export const PROBLEMS: Readonly<Record<NonNullable<Config['problem']>, string>> = {
  not_json: 'it is not JSON',
  wrong_format: 'it was made by another version of Switchboard',
  broken: 'it is not whole',
  checksum: 'its checksum is wrong: it was changed by hand, or cut off',
  unavailable: 'KV does not answer',
}
