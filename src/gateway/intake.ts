/**
 * The first look at a request: method, type and size, before anything of it is believed.
 *
 * Reads at most MAX_BODY_BYTES and decodes at most MAX_PARAMETERS; a larger request is refused
 * without reading on. Verification needs the parameters, so they are decoded here, but nothing is
 * interpreted: no JSON is parsed and no kind is recognised before the signature is known to be good.
 */
import { Params, parseForm } from '../twilio/params.ts'
import { err, ok, type Result } from '../result.ts'

/** Twilio's largest webhooks are a few kB; Event Streams batches reach some 100 kB. */
export const MAX_BODY_BYTES = 256 * 1024
export const MAX_PARAMETERS = 1_000

const FORM = 'application/x-www-form-urlencoded'

export type BodyType = 'form' | 'json' | 'none'

export interface Intake {
  method: string
  bodyType: BodyType
  /** Content-Type as received. */
  contentType: string
  /** The bytes as received: what `bodySHA256` and an app behind `origin` are about. */
  body: Uint8Array
  /** The same as text; invalid UTF-8 reads as U+FFFD. */
  text: string
  /** Form parameters, or the query's for GET. Empty for JSON. */
  params: Params
  /** Query string as received, without `?`. */
  query: string
}

export type IntakeProblem =
  | { reason: 'method_not_allowed' }
  | { reason: 'unsupported_type' }
  | { reason: 'too_large' }
  /** The sender went away in the middle. */
  | { reason: 'incomplete' }

export const ALLOWED_METHODS = 'GET, POST, PUT'

const NO_BYTES = new Uint8Array()
// A byte order mark is content: the signature covers it.
const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true })

export async function readIntake(
  request: Request,
  query: string,
): Promise<Result<Intake, IntakeProblem>> {
  const { method } = request
  const contentType = request.headers.get('content-type') ?? ''
  if (method === 'GET') {
    if (isTooMany(query)) return err({ reason: 'too_large' })
    const params = new Params(parseForm(query))
    return ok({ method, bodyType: 'none', contentType, body: NO_BYTES, text: '', params, query })
  }
  if (method !== 'POST' && method !== 'PUT') return err({ reason: 'method_not_allowed' })
  const read = await readBody(request)
  if (!read.ok) return read
  const body = read.value
  const bodyType = toBodyType(contentType, body)
  if (!bodyType) return err({ reason: 'unsupported_type' })
  const text = decoder.decode(body)
  if (bodyType === 'form' && isTooMany(text)) return err({ reason: 'too_large' })
  const params = new Params(bodyType === 'form' ? parseForm(text) : [])
  return ok({ method, bodyType, contentType, body, text, params, query })
}

/** Form, JSON (`+json` included) or null. Parameters such as charset do not matter. */
function toBodyType(contentType: string, body: Uint8Array): 'form' | 'json' | null {
  const end = contentType.indexOf(';')
  const mime = (end === -1 ? contentType : contentType.slice(0, end)).trim().toLowerCase()
  if (mime === FORM) return 'form'
  if (mime === 'application/json' || mime.endsWith('+json')) return 'json'
  // A POST without parameters comes without a type.
  return mime === '' && body.byteLength === 0 ? 'form' : null
}

function isTooMany(form: string): boolean {
  let count = 1
  for (let at = form.indexOf('&'); at !== -1; at = form.indexOf('&', at + 1)) {
    if (++count > MAX_PARAMETERS) return true
  }
  return false
}

/** The whole body, of MAX_BODY_BYTES at most. */
async function readBody(request: Request): Promise<Result<Uint8Array, IntakeProblem>> {
  const declared = request.headers.get('content-length')
  if (declared !== null && Number(declared) > MAX_BODY_BYTES) return err({ reason: 'too_large' })
  try {
    // The server holds a sender to its Content-Length, so a small one can be read in one go. To touch
    // `request.body` would make a stream of it, the dearest step of all.
    if (declared !== null) return ok(new Uint8Array(await request.arrayBuffer()))
    if (!request.body) return ok(NO_BYTES)
    const body = await readCapped(request.body, MAX_BODY_BYTES)
    return body ? ok(body) : err({ reason: 'too_large' })
  } catch {
    return err({ reason: 'incomplete' })
  }
}

/** Reads a stream of unknown length; null, and the stream cancelled, when it passes `maxBytes`. */
export async function readCapped(
  stream: ReadableStream<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = stream.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.byteLength
    if (size > maxBytes) {
      await reader.cancel().catch(() => {})
      return null
    }
    chunks.push(value)
  }
  const bytes = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}
