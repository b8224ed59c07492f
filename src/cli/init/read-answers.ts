/**
 * Where the answers come from: the options of the call, then questions, then (with `--yes`) defaults. An
 * answer that nobody gives ends the command with the name of the option, before anything is written.
 */
import { UsageError } from '../terminal/errors.ts'
import { askOne, askSome, askText, type Question } from '../terminal/prompts.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { InvalidArgumentError } from '../terminal/verb.ts'
import { checkOptional, checkOrigin, checkUrl } from './check-answers.ts'
import { CHANNELS, EVENT_FORMATS, type Answers, type Channel, type EventFormat } from './answers.ts'

/** As commander gives them; `false` is the `--no-…` of an option. */
export interface AnswerOptions {
  channels?: Channel[] | undefined
  app?: string | boolean | undefined
  voiceApp?: string | undefined
  smsApp?: string | undefined
  events?: string | boolean | undefined
  eventsFormat?: string | undefined
  publicUrl?: string | undefined
  yes?: boolean | undefined
  /** Plain http and private addresses are fine. */
  local?: boolean | undefined
}

export async function readAnswers(options: AnswerOptions, terminal: Terminal): Promise<Answers> {
  checkOptions(options)
  const channels = await readChannels(options, terminal)
  const apps: Record<Channel, string | null> = { voice: null, sms: null }
  for (const channel of channels) apps[channel] = await readApp(channel, options, terminal)
  const events = await readEvents(options, terminal)
  if (events?.format === 'twilio' && Object.values(apps).includes(events.url)) {
    throw new UsageError('The app that answers would get each request twice: it gets events too.', {
      next: 'Pass another URL as --events, or --no-events: an app that is asked has seen the request.',
    })
  }
  const called = [apps.voice, apps.sms, events?.url ?? null].filter((url) => url !== null)
  const publicUrl = await readPublicUrl(options, called, terminal)
  return { channels, apps, events, publicUrl }
}

/** What was passed is checked before anything is asked. */
function checkOptions(options: AnswerOptions): void {
  const { app, voiceApp, smsApp, events, eventsFormat, publicUrl, local = false } = options
  const urls = { app, 'voice-app': voiceApp, 'sms-app': smsApp, events }
  for (const [name, url] of Object.entries(urls)) {
    if (typeof url === 'string') refuse(name, checkUrl(url, local))
  }
  if (publicUrl !== undefined) {
    const called = Object.values(urls).filter((url) => typeof url === 'string')
    refuse('public-url', checkOrigin(publicUrl, called, local))
  }
  if (eventsFormat !== undefined && !isFormat(eventsFormat)) {
    refuse('events-format', `Write ${EVENT_FORMATS.join(' or ')}.`)
  }
}

function refuse(option: string, problem: string | undefined): void {
  if (problem === undefined) return
  throw new UsageError(`--${option}: ${problem}`, { next: 'switchboard init --help' })
}

/** For `.argParser`: `voice,sms`. */
export function parseChannels(text: string): Channel[] {
  const names = text.split(',').map((name) => name.trim().toLowerCase())
  const isKnown = names.every((name) => CHANNELS.some((channel) => channel === name))
  if (!isKnown) throw new InvalidArgumentError('It is voice, sms, or voice,sms.')
  return CHANNELS.filter((channel) => names.includes(channel))
}

function readChannels({ channels, yes }: AnswerOptions, terminal: Terminal) {
  if (channels !== undefined) return Promise.resolve(channels)
  if (yes === true) return Promise.resolve([...CHANNELS])
  return askSome(terminal, {
    message: 'What does Twilio bring you?',
    instead: '--channels voice,sms',
    choices: [
      { value: 'voice', label: 'Calls' },
      { value: 'sms', label: 'Messages', hint: 'SMS, MMS, WhatsApp, RCS' },
    ],
    initial: CHANNELS,
  })
}

const APP_QUESTIONS: Record<Channel, Question> = {
  voice: {
    message: 'Which URL of your app answers calls today? (empty: none, Switchboard answers)',
    instead: '--voice-app URL, --app URL or --no-app',
  },
  sms: {
    message: 'Which URL of your app answers messages today? (empty: none, Switchboard answers)',
    instead: '--sms-app URL, --app URL or --no-app',
  },
}

async function readApp(channel: Channel, options: AnswerOptions, terminal: Terminal) {
  const { app, voiceApp, smsApp } = options
  const given = { voice: voiceApp, sms: smsApp }[channel] ?? app
  if (typeof given === 'string') return given
  if (given === false || options.yes === true) return null
  return askUrl(APP_QUESTIONS[channel], options, terminal)
}

async function readEvents(options: AnswerOptions, terminal: Terminal): Promise<Answers['events']> {
  const { events, yes, eventsFormat } = options
  if (events === false || (events === undefined && yes === true)) return null
  const question = {
    message: 'Which URL gets every event, status callbacks included? (empty: none yet)',
    instead: '--events URL or --no-events',
  }
  const url = typeof events === 'string' ? events : await askUrl(question, options, terminal)
  if (url === null) return null
  if (eventsFormat !== undefined && isFormat(eventsFormat)) return { url, format: eventsFormat }
  // Who passes the URL as an option gets the default format: `--events URL` is enough for a script.
  if (typeof events === 'string') return { url, format: 'cloudevents' }
  const format = await askOne<EventFormat>(terminal, {
    message: 'In which form?',
    instead: '--events-format cloudevents',
    choices: [
      { value: 'cloudevents', label: 'CloudEvents', hint: 'clean JSON, Standard Webhooks' },
      { value: 'twilio', label: "Twilio's own requests", hint: 'for code that has Twilio’s SDK' },
    ],
  })
  return { url, format }
}

async function readPublicUrl(
  options: AnswerOptions,
  called: readonly string[],
  terminal: Terminal,
): Promise<string | null> {
  const { publicUrl, yes, local = false } = options
  if (publicUrl !== undefined) {
    refuse('public-url', checkOrigin(publicUrl, called, local))
    return new URL(publicUrl).origin
  }
  // Optional, and known only after a deploy: a script need not say that it does not know it.
  if (yes === true || !terminal.isInteractive) return null
  const answer = await askText(terminal, {
    message: 'Which public URL will Twilio call? (empty: not known yet)',
    instead: '--public-url URL',
    placeholder: 'https://hooks.example.com',
    check: (text) => checkOptional(text, (url) => checkOrigin(url, called, local)),
  })
  return answer === '' ? null : new URL(answer).origin
}

async function askUrl(question: Question, { local = false }: AnswerOptions, terminal: Terminal) {
  const answer = await askText(terminal, {
    ...question,
    placeholder: 'https://app.example.com/twilio',
    check: (text) => checkOptional(text, (url) => checkUrl(url, local)),
  })
  return answer === '' ? null : answer
}

const isFormat = (text: string): text is EventFormat => EVENT_FORMATS.some((one) => one === text)
