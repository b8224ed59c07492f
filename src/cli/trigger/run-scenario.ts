/**
 * Plays a scenario: one call or one message, the same SIDs throughout, statuses numbered in order. Each
 * request is signed as Twilio signs it. Never rejects for what comes back.
 */
import { randomBytes } from 'node:crypto'
import { findKind } from '../../twilio/kinds.ts'
import type { Param } from '../../twilio/params.ts'
import { judgeReceipt, judgeTwiml } from './call/answer.ts'
import { makeCall } from './call/caller.ts'
import type { CallDeps } from './call/call-deps.ts'
import type { CallRequest, Exchange } from './call/call-request.ts'
import { sendMessage } from './call/message.ts'
import type { Behaviour } from './call/scene.ts'
import { createReach } from './reach.ts'
import type { Scenario, Step } from './scenarios.ts'
import { sendForAnswer, toScenarioWebhook, type SendOptions } from './send-signed.ts'
import type { SignedWebhook } from './signed-webhook.ts'
import { toCallStatus, toMessageStatus } from './status-requests.ts'

export interface ScenarioOptions extends SendOptions {
  to: string
  status: string | null
  fallback: string | null
  /** For the scenario that takes any webhook. */
  kind: string
  behaviour: Behaviour
  /** Whether TwiML may lead to other hosts than the user named. */
  isAnyHost: boolean
  onStep: (exchange: Exchange) => void
}

const makeSid = (prefix: string) => prefix + randomBytes(16).toString('hex')

/** Everything that was asked, in order. */
export async function runScenario(
  { steps }: Scenario,
  options: ScenarioOptions,
): Promise<Exchange[]> {
  const play = new Play(options)
  for (const step of steps) await play.perform(step)
  return play.exchanges
}

class Play {
  readonly exchanges: Exchange[] = []
  readonly #options: ScenarioOptions
  readonly #callSid = makeSid('CA')
  readonly #messageSid = makeSid('SM')
  readonly #replySid = makeSid('SM')
  #sequence = 0
  /** Where a reply says that its statuses go. */
  #replyStatusUrl: string | null = null
  /** What was sent, to be sent again: webhooks by status, `send` under its own name. */
  readonly #sent = new Map<string, { webhook: SignedWebhook; exchange: Exchange }>()

  constructor(options: ScenarioOptions) {
    this.#options = options
  }

  async perform(step: Step): Promise<void> {
    switch (step.do) {
      case 'call':
        return makeCall(this.#toStart(), this.#toDeps())
      case 'fallback':
        return this.#loseAndFallBack()
      case 'message':
        return this.#message()
      case 'send':
        return this.#sendAny()
      case 'again':
        return this.#again('send')
      case 'status':
        return step.again ? this.#again(step.status) : this.#status(step.of, step.status)
    }
  }

  #record(exchange: Exchange): void {
    this.exchanges.push(exchange)
    this.#options.onStep(exchange)
  }

  async #ask(request: CallRequest, name?: string): Promise<Exchange> {
    const webhook = toScenarioWebhook(request, this.#options)
    const answer = await sendForAnswer(webhook)
    const exchange: Exchange = { request, answer, problem: null, heard: [] }
    if (name !== undefined) this.#sent.set(name, { webhook, exchange })
    this.#record(exchange)
    return exchange
  }

  #toStart() {
    const set: Param[] = [
      ['CallSid', this.#callSid],
      ['CallStatus', 'ringing'],
    ]
    return { url: this.#options.to, callSid: this.#callSid, kind: 'voice.inbound', set }
  }

  #toDeps(): CallDeps {
    const { behaviour, fallback } = this.#options
    return {
      send: (request) => sendForAnswer(toScenarioWebhook(request, this.#options)),
      reach: createReach(this.#options),
      behaviour,
      makeSid,
      fallbackUrl: fallback,
      onAnswered: () => this.#status('call', 'in-progress'),
      record: (exchange) => this.#record(exchange),
    }
  }

  /** 11205 is what Twilio says when it gets no answer; an answer that is an error says what it is. */
  async #loseAndFallBack(): Promise<void> {
    const { to, fallback } = this.#options
    const start = this.#toStart()
    const lost = await this.#ask({ ...start, method: 'POST' })
    const judged = judgeTwiml(lost.answer)
    const why = judged.ok ? 'the answer is lost on its way to Twilio' : judged.error.text
    lost.heard.push(why)
    const code = judged.ok ? 11205 : judged.error.code
    const set: Param[] = [...start.set, ['ErrorCode', String(code)], ['ErrorUrl', to]]
    const next = { ...start, url: fallback ?? to, kind: 'fallback', set }
    await makeCall(next, { ...this.#toDeps(), fallbackUrl: null })
  }

  async #message(): Promise<void> {
    const set: Param[] = [['MessageSid', this.#messageSid]]
    const { statusUrl } = await sendMessage(
      { kind: 'messaging.inbound', url: this.#options.to, method: 'POST', set },
      this.#toDeps(),
    )
    this.#replyStatusUrl = statusUrl
  }

  async #sendAny(): Promise<void> {
    const { kind, to } = this.#options
    const exchange = await this.#ask({ kind, url: to, method: 'POST', set: [] }, 'send')
    exchange.problem = toProblem(exchange)
  }

  /** To the letter what was sent before, and the answer must be what was answered before. */
  async #again(name: string): Promise<void> {
    const before = this.#sent.get(name)
    if (!before) return
    const { request, answer: first } = before.exchange
    const answer = await sendForAnswer(before.webhook)
    const exchange: Exchange = { request, answer, problem: null, heard: [] }
    const isSame =
      answer.status === first.status &&
      answer.contentType === first.contentType &&
      answer.text === first.text
    exchange.heard.push(isSame ? 'again: the same answer' : 'again: another answer')
    const differs = { code: 0, text: 'the answer to a retry is another than the first one' }
    exchange.problem = isSame ? toProblem(exchange) : differs
    this.#record(exchange)
  }

  /** Nothing where no URL is known: Twilio sends none then. */
  async #status(of: 'call' | 'message', status: string): Promise<void> {
    const url = this.#options.status ?? (of === 'message' ? this.#replyStatusUrl : null)
    if (url === null) return
    const request =
      of === 'call'
        ? toCallStatus(url, status, this.#callSid, this.#sequence++)
        : toMessageStatus(url, status, this.#replySid)
    const exchange = await this.#ask(request, status)
    exchange.heard.push(status)
    exchange.problem = toProblem(exchange)
  }
}

/** By what its kind asks for; null: Twilio accepts it. */
export function toProblem({ request, answer }: Pick<Exchange, 'request' | 'answer'>) {
  const isTwiml = findKind(request.kind)?.reply === 'twiml'
  const judged = isTwiml ? judgeTwiml(answer) : judgeReceipt(answer)
  return judged.ok ? null : judged.error
}
