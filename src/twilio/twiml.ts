/**
 * Reads a TwiML document as far as Twilio's parser does: at most 64 kB (error 11750), well-formed XML
 * (12100), root `Response` (12102). Verbs and attributes are the config checker's business.
 *
 * Used for an app's answer at run time, so it has to stand any input: entities of a DTD are not
 * expanded, nesting is bounded, nothing throws.
 */
import { parseXml, XmlElement, XmlError, type XmlDocument } from '@rgrove/parse-xml'
import { err, ok, type Result } from '../result.ts'

/** https://www.twilio.com/docs/api/errors/11750 */
export const MAX_TWIML_BYTES = 64 * 1024

/** TwiML's own verbs nest four deep; only SSML may repeat. Guards every walk over the document. */
const MAX_DEPTH = 100

export type TwimlReason = 'too_large' | 'malformed' | 'too_deep' | 'wrong_root'

export interface TwimlProblem {
  reason: TwimlReason
  /** What is wrong, without the document's text: fit for a log. */
  detail: string
  /** 1-based; absent when the document as a whole is meant. */
  line?: number
}

/** Nodes carry their `start` and `end` in the text; CDATA and comments are nodes of their own. */
export interface TwimlDocument {
  document: XmlDocument
  /** The `Response` element. */
  root: XmlElement
}

export function parseTwiml(text: string): Result<TwimlDocument, TwimlProblem> {
  if (isTooLarge(text)) return err({ reason: 'too_large', detail: `over ${MAX_TWIML_BYTES} bytes` })
  const parsed = parse(text)
  if (!parsed.ok) return parsed
  const { root } = parsed.value
  if (root?.name !== 'Response') {
    return err({ reason: 'wrong_root', detail: 'the root element is not Response' })
  }
  if (isDeeper(root, MAX_DEPTH)) return err(TOO_DEEP)
  return ok({ document: parsed.value, root })
}

const TOO_DEEP: TwimlProblem = { reason: 'too_deep', detail: `nested over ${MAX_DEPTH} levels` }

function parse(text: string): Result<XmlDocument, TwimlProblem> {
  try {
    return ok(
      parseXml(text, {
        includeOffsets: true,
        preserveCdata: true,
        preserveComments: true,
        preserveDocumentType: true,
      }),
    )
  } catch (error) {
    if (error instanceof XmlError) {
      // The message's other lines are an excerpt of the document, which may hold a phone number.
      const [summary = ''] = error.message.split('\n', 1)
      return err({ reason: 'malformed', detail: summary.slice(0, 120), line: error.line })
    }
    // The parser recurses: a RangeError is the stack's end, and the document is to blame.
    if (error instanceof RangeError) return err(TOO_DEEP)
    throw error
  }
}

function isTooLarge(text: string): boolean {
  // A UTF-16 unit is one to three bytes: most documents need no encoding to be measured.
  if (text.length > MAX_TWIML_BYTES) return true
  if (text.length * 3 <= MAX_TWIML_BYTES) return false
  return new TextEncoder().encode(text).byteLength > MAX_TWIML_BYTES
}

function isDeeper(element: XmlElement, levels: number): boolean {
  if (levels === 0) return true
  return element.children.some(
    (child) => child instanceof XmlElement && isDeeper(child, levels - 1),
  )
}
