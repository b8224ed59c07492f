/**
 * An event as the `switchboard trigger` that sends the same again: the same kind with the same
 * parameters, signed with the token that the command finds.
 *
 * Weak: `trigger` makes up what its kind usually has and this event had not, and puts parameters of its
 * own order first. What it cannot say (JSON bodies, null bytes, a kind that is not in the table) is left
 * out, and the note says so; null when nothing would be the same.
 */
import { Buffer } from 'node:buffer'
import type { SwitchboardEvent } from '../../events/event.ts'
import type { OriginalRequest } from '../../events/message.ts'
import { findKind } from '../../twilio/kinds.ts'
import { parseForm, type Param } from '../../twilio/params.ts'
import type { ShellCopy } from './curl.ts'
import { canBeArgument, toCommand } from './shell.ts'

const NOTES = {
  copy: 'A gateway that knows this webhook takes it for a copy: it answers as before and delivers nothing. Change the SID to make it new.',
  left: 'Parameters that no command line can hold are left out.',
  json: 'Its JSON body is made up: a command line cannot say it.',
} as const

/** @param url of the endpoint; its query comes from the request */
export function toTriggerCommand(
  event: SwitchboardEvent,
  request: OriginalRequest,
  url: string,
): ShellCopy | null {
  const kind = findKind(event.kind)
  if (kind === undefined) return null
  const { method, query } = request
  const isGet = method === 'GET'
  const [place = ''] = url.split(/[?#]/, 1)
  const to = isGet || query === '' ? place : `${place}?${query}`
  const pairs = kind.body === 'form' ? parseForm(isGet ? query : toBody(request)) : []
  const sendable = pairs.filter(isSendable)
  const command = toCommand(`npm run switchboard -- trigger ${kind.name}`, [
    ['--to', to],
    ...(method === 'POST' || kind.body === 'websocket' ? [] : [['--method', method]]),
    ...(event.account?.startsWith('AC') === true ? [['--account', event.account]] : []),
    ...sendable.map(([name, value]) => ['--set', `${name}=${value}`]),
  ])
  const notes = [
    NOTES.copy,
    ...(sendable.length < pairs.length ? [NOTES.left] : []),
    ...(kind.body === 'json' ? [NOTES.json] : []),
  ]
  return { command, note: notes.join(' ') }
}

function toBody({ body, encoding, contentType }: OriginalRequest): string {
  if (contentType !== '' && !/^\s*application\/x-www-form-urlencoded/i.test(contentType)) return ''
  // Invalid UTF-8 becomes U+FFFD, as in every form decoder.
  return encoding === 'base64' ? Buffer.from(body, 'base64').toString('utf8') : body
}

/** `Name=Value` ends its name at the first `=`. */
const isSendable = ([name, value]: Param): boolean =>
  name !== '' && !name.includes('=') && canBeArgument(name + value)
