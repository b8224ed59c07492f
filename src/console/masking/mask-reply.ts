/**
 * What Twilio got back, as a viewer sees it: the verbs, and how they are set; not what is said, whom it
 * is sent to, nor any URL. What is neither TwiML nor JSON is masked as a whole.
 */
import { XmlElement, XmlText } from '@rgrove/parse-xml'
import type { Answer } from '../../events/message.ts'
import { parseTwiml } from '../../twilio/twiml.ts'
import { parseJson } from '../../twilio/values.ts'
import { hasForm, isPlainName } from './allowed.ts'
import { isInternational, maskAddress, maskText } from './mask-text.ts'
import { maskJson } from './mask-json.ts'

export function maskReply({ status, contentType, body, from }: Answer): Answer {
  return {
    status,
    contentType: contentType === null ? null : maskContentType(contentType),
    body: body === null ? null : maskBody(body),
    from: hasForm('word', from) ? from : maskText(from),
  }
}

/** Without its parameters, which may say anything. */
export function maskContentType(contentType: string): string {
  const mediaType = toMediaType(contentType)
  return mediaType === '' || hasForm('word', mediaType) ? mediaType : maskText(mediaType)
}

export const toMediaType = (contentType: string): string =>
  (contentType.split(';', 1)[0] ?? '').trim().toLowerCase()

function maskBody(body: string): string {
  if (body === '') return ''
  const twiml = parseTwiml(body)
  if (twiml.ok) return maskElement(twiml.value.root)
  const json = parseJson(body)
  // An app chose its own names: only the values under Twilio's stay.
  return json === undefined ? maskText(body) : JSON.stringify(maskJson(json))
}

/** Attributes that say how, not what or to whom. */
const CLEAR_ATTRIBUTES: ReadonlySet<string> = new Set(
  'answerOnBridge bargeIn beep currency debug endConferenceOnExit enhanced format hangupOnStar input interpret-as interruptible inviteeTimeout language length level loop maxAttempts maxLength maxParticipants maxQueueSize maxSpeechTime method minPostalCodeLength muted numDigits partialResultCallbackMethod paymentMethod pitch playBeep postalCode profanityFilter rate reason record recordingChannels recordingStatusCallbackEvent recordingStatusCallbackMethod recordingTrack ringTone securityCode sequential speechModel speechTimeout startConferenceOnEnter statusCallbackEvent statusCallbackMethod strength time timeLimit timeout tokenType track transcribe transcriptionEngine trim ttsProvider validCardTypes voice volume waitMethod'.split(
    ' ',
  ),
)

/** Their text is an address. */
const ADDRESS_ELEMENTS: ReadonlySet<string> = new Set(
  'Client Dial Identity Number Sim Sip Sms WhatsApp'.split(' '),
)

/** Comments and instructions are left out; nesting is bounded by the parser. */
function maskElement({ name, attributes, children }: XmlElement): string {
  const tag = isPlainName(name) ? name : 'element'
  const pairs = Object.entries(attributes)
    .filter(([attribute]) => isPlainName(attribute))
    .map(([attribute, value]) => ` ${attribute}="${escapeXml(maskAttribute(attribute, value))}"`)
  const inside = children.map((child) => {
    if (child instanceof XmlElement) return maskElement(child)
    return child instanceof XmlText ? escapeXml(maskContent(name, child.text)) : ''
  })
  const content = inside.join('')
  const open = `<${tag}${pairs.join('')}`
  return content === '' ? `${open}/>` : `${open}>${content}</${tag}>`
}

function maskAttribute(name: string, value: string): string {
  if (value === '') return ''
  const isShort = name === 'finishOnKey' && value.length === 1
  const isSetting = hasForm('word', value) || hasForm('count', value)
  if (isShort || (CLEAR_ATTRIBUTES.has(name) && isSetting)) return value
  return isInternational(value) ? maskAddress(value) : maskText(value)
}

function maskContent(element: string, text: string): string {
  const said = text.trim()
  if (said === '') return ''
  return ADDRESS_ELEMENTS.has(element) || isInternational(said) ? maskAddress(said) : maskText(said)
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '"': '&quot;' }

const escapeXml = (text: string): string =>
  text.replaceAll(/[&<"]/g, (character) => ENTITIES[character] ?? character)
