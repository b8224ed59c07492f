/**
 * What was said, pressed or became of it, in a few words: for the life of a call or a message. From what
 * the API gives of each event, so that a viewer's are masked.
 */
import { ProblemError } from '../../api/problem.ts'
import { formatDuration } from '../../format/numbers.ts'
import { read, type ApiClient, toParam } from '../client.ts'
import type { EventDetail, EventItem } from '../events/shapes.ts'
import { cut } from './long-text.tsx'

/** Each costs a look at the ledger; a longer life is told without. */
const MAX_READ = 12
const MAX_CHARS = 120

const inSeconds = (value: string): string => formatDuration(Number(value) * 1_000)

/** By their names in `data`, in this order; of one that came empty nothing is said. */
const WORDS: readonly (readonly [name: string, toWords: (value: string) => string])[] = [
  ['digits', (value) => `pressed ${value}`],
  ['speechResult', (value) => `said “${value}”`],
  ['body', (value) => `“${value}”`],
  ['transcriptionText', (value) => `“${value}”`],
  ['callStatus', (value) => value],
  ['messageStatus', (value) => value],
  ['dialCallStatus', (value) => `transfer: ${value}`],
  ['recordingStatus', (value) => value],
  ['errorCode', (value) => `error ${value}`],
  ['callDuration', inSeconds],
  ['dialCallDuration', inSeconds],
  ['recordingDuration', inSeconds],
]

/** Empty: it says nothing of that kind. */
export function toSaid({ stored }: Pick<EventDetail, 'stored'>): string {
  const data = 'message' in stored ? stored.message.event.data : null
  if (typeof data !== 'object' || data === null) return ''
  const fields = new Map<string, unknown>(Object.entries(data))
  const said = WORDS.flatMap(([name, toWords]) => {
    const value = fields.get(name)
    const isShown = typeof value === 'number' || (typeof value === 'string' && value !== '')
    return isShown ? [toWords(shorten(String(value)))] : []
  })
  return said.join(', ')
}

const shorten = (text: string): string =>
  text.length > MAX_CHARS ? `${cut(text, MAX_CHARS)}…` : text

/** Of those nearest to the one that the page is about. By id. */
export async function readSaid(
  client: ApiClient,
  items: readonly EventItem[],
  current: EventDetail,
): Promise<ReadonlyMap<string, string>> {
  const at = Math.max(
    0,
    items.findIndex(({ id }) => id === current.event.id),
  )
  const start = Math.max(0, Math.min(at - MAX_READ / 2, items.length - MAX_READ))
  const near = items.slice(start, start + MAX_READ)
  const said = near.map(async ({ id }): Promise<[string, string]> => {
    const isCurrent = id === current.event.id
    return [id, toSaid(isCurrent ? current : await readDetail(client, id))]
  })
  return new Map(await Promise.all(said))
}

/** It may be deleted at any moment, which is no reason not to show the others. */
async function readDetail(client: ApiClient, id: string): Promise<Pick<EventDetail, 'stored'>> {
  try {
    return await read(client.events[':id'].$get({ param: toParam({ id }) }))
  } catch (error) {
    if (error instanceof ProblemError) return { stored: { state: 'gone' } }
    throw error
  }
}
