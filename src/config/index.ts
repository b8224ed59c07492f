/**
 * What a `switchboard.config.ts` imports: `defineConfig` and the types of everything in it.
 *
 * Only markers and types: nothing is read or checked here. `switchboard build` does that, reports all
 * problems at once, and writes the one JSON document that the Workers use.
 */

/** A number with its unit: `250ms`, `4s`, `5m`, `24h`, `7d`. */
export type Duration = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

export interface Config {
  /**
   * The origin that Twilio calls, e.g. `https://hooks.example.com`: signatures are checked against it.
   * Left out: the URL of the request itself, which is right unless something in front rewrites it.
   */
  publicUrl?: string
  /** How long a webhook may wait to find out whether it is a retry. Default: `50ms`; `1s` at most. */
  lookupBudget?: Duration
  /** The URLs that Twilio calls, by name: up to 64 letters, digits, `-` and `_`. */
  endpoints: Record<string, Endpoint>
  /** The services that events are forwarded to, by name. */
  targets?: Record<string, Target>
  /**
   * Names of Twilio parameters that the ledger keeps only as a keyed hash: `['Body', 'From', 'Digits']`.
   * Targets still get them.
   */
  redact?: string[]
  /** How long the ledger keeps events. Default: `30d`; `1d` to `365d`. */
  retention?: Duration
  /**
   * Kinds of events that the ledger hears of only when something does not go well at once, with `*` as a
   * wildcard: `['messaging.status', 'voice.call.*']`. What went well is then in no list of the console.
   */
  recordProblemsOnly?: string[]
}

export interface Endpoint {
  /** Where Twilio calls, e.g. `/sms`. A trailing `/*` takes everything below. `/healthz` is taken. */
  path: string
  /** The kind of webhook that comes here, e.g. `voice.inbound`. Left out: told from its parameters. */
  kind?: string
  /** The longest a reply may take; below Twilio's limit for the kind (15 s for most). */
  deadline?: Duration
  /** What Twilio gets back. Left out: what is safe for the kind. A list: the first that matches. */
  reply?: Reply | Reply[]
  /**
   * Whether the reply is recorded, so that a retry gets the one that the first got. Left out: where an
   * app answers or the hour decides; everything else is computed again, and is the same.
   */
  remember?: boolean
}

export type Reply = StaticReply | OriginReply

export type StaticReply = TwimlReply | JsonReply | StatusReply

interface Rule {
  /** The reply is given only when this holds. Left out: always. */
  when?: Rules
}

export interface TwimlReply extends Rule {
  /**
   * `file('replies/menu.xml')`, the XML itself, or a document of Twilio's own builder
   * (`new VoiceResponse()`). `{{From}}` stands for a parameter of the request, escaped for XML;
   * `{{From|url}}` is percent-encoded as well.
   */
  twiml: string | FileReference | TwimlBuilder
}

export interface JsonReply extends Rule {
  /** For kinds that ask for a decision. Texts may hold `{{Name}}` placeholders. */
  json: JsonValue
  /** Default: `200`. */
  status?: number
}

export interface StatusReply extends Rule {
  /** A bare status without a body: 204, or a decision such as 403. */
  status: number
}

export interface OriginReply extends OriginOptions {
  /**
   * URL of your own app, which is asked for the reply. A trailing `/*` takes over what matched the
   * endpoint's `/*`.
   */
  origin: string
}

export interface OriginOptions extends Rule {
  /** How long to wait for the app. Default: `5s`; `14s` at most, less where Twilio waits less. */
  deadline?: Duration
  /** What Twilio gets when the app is late, down or wrong. Left out: what is safe for the kind. */
  otherwise?: StaticReply
}

export type Target = TargetOptions & (TargetUrl | TargetUrlSecret)

interface TargetUrl {
  /** Public https; plain http and private addresses work only in local development. */
  url: string
  urlSecret?: never
}

interface TargetUrlSecret {
  /** The name of the Worker secret that holds the URL, for one that is a secret itself. */
  urlSecret: string
  url?: never
}

interface TargetOptions {
  /**
   * Kinds of events, with `*` as a wildcard: `['messaging.*', 'voice.call.status']`. `['*']` is all of
   * Twilio's; Switchboard's own have to be named: `['switchboard.*']`.
   */
  events: string[]
  /** Only events for which this holds, over dotted paths: `{ 'data.from': { $regex: '^\\+1' } }`. */
  where?: Where
  /** The name of the Worker secret that deliveries are signed with (Standard Webhooks). */
  secret?: string
  /** Instead of `secret`, during a rotation: names of the current and the previous one. */
  secrets?: [current: string] | [current: string, previous: string]
  /** The name of a Worker secret to send as `Authorization: Bearer …`. */
  bearer?: string
  /**
   * Default: `cloudevents`, the event as a signed CloudEvent. `twilio`: the original request, signed
   * again for this URL as Twilio would, for a handler behind Twilio's own SDK. `slack`: a message for
   * people, as Slack's incoming webhooks take it.
   */
  format?: 'cloudevents' | 'twilio' | 'slack'
  /** How long one attempt may take. Default: `10s`; `60s` at most. */
  timeout?: Duration
  /**
   * The delay before each further attempt: up to `14d` each and `30d` together. Default:
   * `['5s', '5m', '30m', '2h', '5h', '10h', '14h', '20h', '24h']`, which is ten attempts in three days.
   */
  retry?: Duration[]
  /** At most so many calls, evenly spaced: `{ limit: 50, per: '1s' }` is one each 20 ms. */
  rate?: Rate
  /**
   * How many calls at a time. Default: `5`; `2000` at most. Each further 5 get a lane of their own and share
   * the rate, so with a rate its limit must be at least a fifth of this.
   */
  concurrency?: number
  /** Extra request headers. Nothing secret: the config is stored in the clear. */
  headers?: Record<string, string>
}

export interface Rate {
  /** How many calls may begin. */
  limit: number
  /** In which time: `1s` to `1h`. */
  per: Duration
}

/** A value that a parameter can be compared with. Numbers and booleans equal their text. */
export type Scalar = string | number | boolean | null

export interface Operators {
  $eq?: Scalar
  $ne?: Scalar
  $in?: Scalar[]
  $nin?: Scalar[]
  /** Anywhere in the text; write `^…$` for the whole. */
  $regex?: string
  /** `i`: upper and lower case are the same. */
  $options?: 'i'
  /** Whether it is there at all. */
  $exists?: boolean
  /** A number compares by size, a text as text. */
  $gt?: number | string
  $gte?: number | string
  $lt?: number | string
  $lte?: number | string
  $not?: Operand
}

/** A plain value: equal to it. A list: equal to one of them. */
export type Operand = Scalar | Scalar[] | Operators

/** Conditions on request parameters and on the time. All members must hold. */
export interface Rules {
  $and?: Rules[]
  $or?: Rules[]
  $not?: Rules
  $time?: Hours | Hours[]
  [parameter: string]: Operand | Rules | Rules[] | Hours | Hours[] | undefined
}

/** Conditions on dotted paths of the event. All members must hold. */
export interface Where {
  $and?: Where[]
  $or?: Where[]
  $not?: Where
  [path: string]: Operand | Where | Where[] | undefined
}

export interface Hours {
  /** IANA name, e.g. `Europe/Berlin`. */
  zone: string
  /** `mon-fri`, `sat`, `mon,wed`, or a list of such. Default: every day. */
  days?: string | string[]
  /** `HH:MM` on the clock of the zone. Default: `00:00`. */
  from?: string
  /** `HH:MM`, exclusive. Before `from`: on the next day. Default: `24:00`. */
  to?: string
}

export type JsonValue = Scalar | JsonValue[] | { [name: string]: JsonValue }

/** Marks a file, relative to the config file, whose text is read when the config is built. */
export interface FileReference {
  readonly file: string
}

/** What Twilio's `VoiceResponse` and `MessagingResponse` have in common. */
export interface TwimlBuilder {
  toString(): string
  addText(content: string): void
}

/** Returns the config as it is; for its type. */
export function defineConfig(config: Config): Config {
  return config
}

/** The text of a file next to the config: `{ twiml: file('replies/menu.xml') }`. */
export function file(path: string): FileReference {
  return { file: path }
}

/** A reply that your own app computes. */
export function origin(url: string, options: OriginOptions = {}): OriginReply {
  return { ...options, origin: url }
}

/**
 * A rule for opening hours: `{ when: hours({ zone: 'Europe/Berlin', days: 'mon-fri', from: '09:00',
 * to: '17:00' }), … }`. Several: open in any of them. Combine with `{ Digits: '1', ...hours(…) }`,
 * negate with `{ $not: hours(…) }`.
 */
export function hours(...times: Hours[]): { $time: Hours[] } {
  return { $time: times }
}
