/**
 * A request as a curl command: what Twilio sent, to the byte, but for the signature.
 *
 * Works in every POSIX shell. A body that no argument can hold (bytes that are no text, control
 * characters, more than Linux takes for one argument) goes through a pipe as base64.
 */
import { Buffer } from 'node:buffer'
import type { OriginalRequest } from '../../events/message.ts'
import { toSignedJsonUrl } from '../../twilio/signature.ts'
import { hasControl, toCommand, toShellWord } from './shell.ts'

export interface ShellCopy {
  command: string
  /** What somebody should know before running it. */
  note: string
}

/** Linux takes 128 KB for one argument (MAX_ARG_STRLEN). */
const MAX_ARGUMENT_BYTES = 100_000

const NOTE =
  'Twilio’s signature is not part of it: the gateway answers 403. Use switchboard trigger to send it signed.'

/** @param url of the endpoint, as Twilio calls it; its query comes from the request */
export function toCurl(request: OriginalRequest, url: string): ShellCopy {
  const { method, contentType, idempotencyToken: token, encoding, body } = request
  const bytes = encoding === 'base64' ? Buffer.from(body, 'base64') : Buffer.from(body)
  const hasBody = method !== 'GET'
  const isPiped = encoding === 'base64' || hasControl(body) || bytes.byteLength > MAX_ARGUMENT_BYTES
  const options = [
    ['--request', toLine(method)],
    // curl would make up a type for a body without one.
    ['--header', contentType === '' ? 'content-type:' : toLine(`content-type: ${contentType}`)],
    ...(token === undefined ? [] : [['--header', toLine(`i-twilio-idempotency-token: ${token}`)]]),
    ...(hasBody ? [isPiped ? ['--data-binary', '@-'] : ['--data-raw', body]] : []),
    ['--url', toLine(toUrl(request, url, bytes))],
  ]
  // Without these, curl reads brackets as a pattern and resolves `..`.
  const curl = toCommand('curl --globoff --path-as-is', options)
  if (!hasBody || !isPiped) return { command: curl, note: NOTE }
  // printf is the shell's own and takes any length.
  const encoded = `printf %s ${toShellWord(bytes.toString('base64'))} | base64 -d |`
  return { command: `${encoded} \\\n  ${curl}`, note: NOTE }
}

/** Neither a URL nor a header has control characters; if one had, it would be another header. */
const toLine = (text: string): string => text.replaceAll(/\p{Cc}/gu, '')

function toUrl(request: OriginalRequest, url: string, body: Uint8Array): string {
  const { query, contentType, method } = request
  const [place = ''] = url.split(/[?#]/, 1)
  const address = query === '' ? place : `${place}?${query}`
  const [mediaType = ''] = contentType.split(';', 1)
  const isForm = mediaType.trim().toLowerCase() === 'application/x-www-form-urlencoded'
  // A body that is no form is signed by its hash, which stands in the URL that Twilio calls.
  return method === 'GET' || contentType === '' || isForm ? address : toSignedJsonUrl(address, body)
}
