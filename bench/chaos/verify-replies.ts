/** Every answer is well-formed, in time, and the same for the same token where that is promised. Pure. */
import type { Accounts, Evidence, Sending, Webhook } from './accounts.ts'
import type { Note } from './findings.ts'

export function verifyReplies({ webhooks, evidence }: Accounts, note: Note): void {
  for (const webhook of webhooks) {
    if (webhook.enemy !== null) continue
    for (const sending of webhook.sendings) judgeSending(webhook, sending, note)
    judgeCopies(webhook, evidence, note)
  }
}

const isReply = ({ status }: Sending) => status >= 200 && status < 300

function judgeSending(webhook: Webhook, sending: Sending, note: Note): void {
  const { token, kind, limitMs } = webhook
  const { at, doneAt, status, loss, isGood } = sending
  const found = `${kind}, attempt ${sending.attempt}: ${loss ?? status} after ${Math.round(doneAt - at)} ms`
  const wrong = (what: string, expected: string) => note(what, token, expected, found, [at, doneAt])
  if (loss === 'rt' || doneAt - at > limitMs) wrong('late', `an answer within ${limitMs} ms`)
  else if (isReply(sending)) {
    if (!isGood) wrong('malformed', 'an answer of the form that its kind asks for')
  } else if (status !== 503 && !sending.isDeath) {
    wrong('unexpected_answer', 'a reply, or 503')
  }
}

function judgeCopies(webhook: Webhook, evidence: Evidence, note: Note): void {
  const { token, reply } = webhook
  const replies = webhook.sendings.filter((one) => isReply(one) && one.isGood)
  const [first, ...others] = replies.toSorted((one, other) => one.doneAt - other.doneAt)
  if (!first) return
  const times = replies.flatMap(({ at, doneAt }) => [at, doneAt])
  if (reply.type === 'changing') {
    for (const { answer } of replies) {
      if (reply.allowed.has(answer)) continue
      note('no_configs_answer', token, 'what some config of the run gives', answer, times)
    }
    return
  }
  for (const other of others) {
    if (other.answer === first.answer) continue
    if (reply.type === 'remembered' && isForgotten(webhook, evidence)) continue
    if (reply.type === 'remembered' && isTooEarly(first, other)) continue
    note('another_answer', token, first.answer, other.answer, times)
  }
}

/** KV did not tell of the reply, or did not take it, or a gateway died with it: an app is asked again. */
function isForgotten({ identity, sendings }: Webhook, evidence: Evidence): boolean {
  if (evidence.forgottenReplies.has(identity)) return true
  return sendings.some(({ at, doneAt }) =>
    evidence.gatewayDeaths.some((died) => died >= at - SLACK_MS && died <= doneAt + RECORDED_MS),
  )
}

/** Clocks of a Worker stand still while it computes. */
const SLACK_MS = 250
/** It is recorded behind the answer. */
const RECORDED_MS = 1_000

const isTooEarly = (first: Sending, other: Sending) => other.at < first.doneAt + RECORDED_MS
