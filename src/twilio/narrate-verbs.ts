/**
 * What each verb and noun of TwiML does, in words: one row each. The defaults are Twilio's
 * (https://www.twilio.com/docs/voice/twiml, https://www.twilio.com/docs/messaging/twiml).
 *
 * Passwords are never said.
 */
import type { XmlElement } from '@rgrove/parse-xml'
import {
  childrenOf,
  count,
  details,
  get,
  isTrue,
  join,
  ownText,
  quote,
  speechOf,
  thenAsks,
  toMethod,
} from './narrate-element.ts'

export interface VerbRow {
  /** A sentence without a subject and without a full stop. */
  say: (element: XmlElement) => string
  /** What stands behind it is never reached. */
  ends?: boolean
  /** Its children are part of its own sentence. */
  isWhole?: boolean
}

const named = (noun: string) => (element: XmlElement) => {
  const text = ownText(element)
  return text === '' ? noun : `${noun} ${text}`
}

const setting = (element: XmlElement): string =>
  `with ${get(element, 'name') ?? 'a value without a name'} = ${quote(get(element, 'value') ?? '')}`

const THIS_URL = 'then asks this URL again'

const repeats = (element: XmlElement): string | null => {
  const loop = get(element, 'loop')
  if (loop === null || loop === '1') return null
  return loop === '0' ? 'again and again' : `${loop} times`
}

const isRecorded = (element: XmlElement): boolean =>
  !['do-not-record', 'false', null].includes(get(element, 'record'))

const whisper = (element: XmlElement): string | null => {
  const url = get(element, 'url')
  return url === null ? null : `who first hears what ${toMethod(element, 'method')}${url} says`
}

const callee = (noun: string) => (element: XmlElement) =>
  join(named(noun)(element), whisper(element))

function sayGather(element: XmlElement): string {
  const input = get(element, 'input') ?? 'dtmf'
  const digits = get(element, 'numDigits')
  const finish = element.attributes['finishOnKey'] ?? '#'
  const keys = digits === null ? 'keys' : count(digits, 'key')
  const end = digits === null && finish !== '' ? ` up to ${finish}` : ''
  const wanted = [input.includes('dtmf') && keys + end, input.includes('speech') && 'speech']
  const what = wanted.filter((each) => each !== false).join(' or ')
  const timeout = get(element, 'timeout') ?? '5'
  const empty = isTrue(element, 'actionOnEmptyResult') ? null : 'goes on below when nothing comes'
  const limit = timeout === 'auto' ? null : `at most ${timeout} s`
  return join(`waits for ${what || input}`, limit, thenAsks(element, THIS_URL), empty)
}

function sayDial(element: XmlElement): string {
  const number = ownText(element)
  const caller = get(element, 'callerId')
  const limit = get(element, 'timeLimit')
  const nobody = childrenOf(element).length === 0 ? 'calls nobody' : 'connects with'
  return join(
    number === '' ? nobody : `calls ${number}`,
    `rings ${get(element, 'timeout') ?? '30'} s at most`,
    caller && `as ${caller}`,
    limit && `for ${limit} s at most`,
    isRecorded(element) && 'recorded',
    thenAsks(element),
  )
}

function sayConference(element: XmlElement): string {
  const wait = get(element, 'waitUrl')
  return join(
    `the conference ${quote(ownText(element))}`,
    isTrue(element, 'muted') && 'muted',
    get(element, 'startConferenceOnEnter') === 'false' && 'waits until somebody else starts it',
    isTrue(element, 'endConferenceOnExit') && 'which ends when this caller leaves',
    isRecorded(element) && 'recorded',
    wait && `hears ${wait} while waiting`,
  )
}

function sayRecord(element: XmlElement): string {
  return join(
    get(element, 'playBeep') === 'false' ? 'is recorded' : 'hears a beep and is recorded',
    `for ${get(element, 'maxLength') ?? '3600'} s at most`,
    `until ${get(element, 'timeout') ?? '5'} s of silence`,
    (isTrue(element, 'transcribe') || get(element, 'transcribeCallback') !== null) && 'transcribed',
    thenAsks(element, THIS_URL),
  )
}

function sayMessage(element: XmlElement): string {
  const [text, to, from] = [ownText(element), get(element, 'to'), get(element, 'from')]
  const what = text === '' ? 'a message' : quote(text)
  return join(`sends ${what} to ${to ?? 'the sender'}`, from && `from ${from}`, thenAsks(element))
}

function sayRelay(element: XmlElement): string {
  const greeting = get(element, 'welcomeGreeting')
  const url = get(element, 'url') ?? 'a URL that is missing'
  return join(`talks with the app at ${url}`, greeting && `which begins with ${quote(greeting)}`)
}

function sayPay(element: XmlElement): string {
  const amount = get(element, 'chargeAmount')
  const method = get(element, 'paymentMethod') === 'ach-debit' ? 'a bank account' : 'a card'
  const charge = amount && `and is charged ${amount} ${get(element, 'currency') ?? 'usd'}`
  return join(`is asked for ${method}`, charge, thenAsks(element))
}

const sayTrack =
  (what: string) =>
  (element: XmlElement): string =>
    `${what}${details(element, 'name', 'connectorName', 'track')}`

const VOICE: Readonly<Record<string, VerbRow>> = {
  Say: {
    say: (element) =>
      join(
        `hears ${quote(speechOf(element))}${details(element, 'voice', 'language')}`,
        repeats(element),
      ),
    isWhole: true,
  },
  Play: {
    say: (element) => {
      const digits = get(element, 'digits')
      const what = digits === null ? `the sound ${ownText(element)}` : `the keys ${digits}`
      return join(`hears ${what}`, repeats(element))
    },
  },
  Pause: { say: (element) => `hears nothing for ${get(element, 'length') ?? '1'} s` },
  Gather: { say: sayGather },
  Dial: { say: sayDial },
  Number: {
    say: (element) => {
      const digits = get(element, 'sendDigits')
      return join(callee('the number')(element), digits && `where ${digits} is pressed`)
    },
  },
  Client: { say: callee('the client') },
  Identity: { say: named('by the name') },
  Sip: { say: callee('the SIP address') },
  Uri: { say: named('at') },
  Headers: { say: () => 'with SIP headers' },
  Header: { say: setting },
  Sim: { say: named('the SIM') },
  WhatsApp: { say: callee('by WhatsApp') },
  Application: { say: callee('the application') },
  ApplicationSid: { say: named('with the SID') },
  Conference: { say: sayConference },
  Queue: {
    say: (element) =>
      join(`whoever waits longest in the queue ${quote(ownText(element))}`, whisper(element)),
  },
  Record: { say: sayRecord },
  Redirect: {
    say: (element) => {
      const url = ownText(element)
      return url === '' ? THIS_URL : `goes on at ${toMethod(element, 'method')}${url}`
    },
    ends: true,
  },
  Hangup: { say: () => 'is hung up', ends: true },
  Reject: {
    say: (element) =>
      get(element, 'reason') === 'busy'
        ? 'hears a busy tone'
        : 'hears that the number is not in service',
    ends: true,
  },
  Leave: { say: () => 'leaves the queue and goes on behind its Enqueue', ends: true },
  Echo: { say: () => 'hears its own voice' },
  Enqueue: {
    say: (element) => {
      const queue = ownText(element)
      const wait = get(element, 'waitUrl')
      const where =
        queue === '' || childrenOf(element).length > 0
          ? 'for an agent'
          : `in the queue ${quote(queue)}`
      return join(`waits ${where}`, wait && `hears ${wait} meanwhile`, thenAsks(element))
    },
  },
  Task: {
    say: (element) => `as a task ${ownText(element)}${details(element, 'priority', 'timeout')}`,
  },
  Refer: { say: (element) => join('is passed on to', thenAsks(element)) },
  'Refer/Sip': { say: named('the SIP address') },
  Pay: { say: sayPay },
  Prompt: {
    say: (element) => `when asked${details(element, 'for', 'errorType', 'cardType', 'attempt')}`,
  },
  Connect: { say: (element) => join('is handed over to', thenAsks(element)) },
  Start: { say: (element) => join('in the background starts', thenAsks(element)) },
  Stop: { say: () => 'in the background stops' },
  Stream: {
    say: (element) =>
      `a stream of its audio to ${get(element, 'url') ?? 'a connector'}${details(element, 'name', 'track')}`,
  },
  Siprec: { say: sayTrack('a SIPREC session') },
  Recording: { say: sayTrack('a recording') },
  Transcription: { say: sayTrack('a transcription') },
  Conversation: { say: (element) => `a conversation${details(element, 'serviceInstanceSid')}` },
  ConversationRelay: { say: sayRelay },
  ConversationRelaySession: {
    say: (element) => `an AI conversation${details(element, 'connector')}`,
  },
  AiSession: { say: (element) => `an AI session${details(element, 'aiConnector')}` },
  VirtualAgent: { say: sayTrack('a virtual agent') },
  Autopilot: { say: named('the Autopilot assistant') },
  Room: { say: (element) => `the video room ${quote(ownText(element))}` },
  Language: {
    say: (element) => `in ${get(element, 'code') ?? 'a language'}${details(element, 'voice')}`,
  },
  Config: { say: setting },
  Parameter: { say: setting },
  Sms: { say: sayMessage },
}

const MESSAGING: Readonly<Record<string, VerbRow>> = {
  Message: { say: sayMessage },
  Body: { say: (element) => `the text ${quote(ownText(element))}` },
  Media: { say: named('the file') },
}

const FAX: Readonly<Record<string, VerbRow>> = {
  Receive: { say: (element) => join('is received as a fax', thenAsks(element)) },
}

/** Names as the grammar has them: `Refer/Sip` is a Sip in a Refer. */
export const VERBS: Readonly<Record<string, VerbRow>> = { ...VOICE, ...MESSAGING, ...FAX }
