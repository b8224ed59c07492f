/**
 * Somebody who sends a message: reads the TwiML that comes back for the messages that they would get.
 * https://www.twilio.com/docs/messaging/twiml
 */
import type { XmlElement } from '@rgrove/parse-xml'
import { judgeTwiml, type Content } from './answer.ts'
import type { CallDeps } from './call-deps.ts'
import type { CallRequest, Exchange } from './call-request.ts'
import { MAX_DOCUMENTS } from './caller.ts'
import { attribute, childrenOf, shorten, textOf } from './elements.ts'

export type MessageDeps = Pick<CallDeps, 'send' | 'reach' | 'record'>

/** The replies' own status callback URL, if the document names one. Never rejects for what comes back. */
export async function sendMessage(
  first: CallRequest,
  { send, reach, record }: MessageDeps,
): Promise<{ statusUrl: string | null }> {
  let statusUrl: string | null = null
  let next: CallRequest | null = first
  for (let count = 1; next !== null; count++) {
    const request: CallRequest = next
    const exchange: Exchange = { request, answer: await send(request), problem: null, heard: [] }
    record(exchange)
    const judged = judgeTwiml(exchange.answer)
    if (!judged.ok) exchange.problem = judged.error
    const read = judged.ok
      ? readReplies(judged.value, exchange)
      : { statusUrl: null, redirect: null }
    if (read.statusUrl !== null) statusUrl = toAbsolute(read.statusUrl, request.url)
    const url: string | null = read.redirect && reach(toAbsolute(read.redirect, request.url))
    next = url === null ? null : { ...request, url }
    if (next !== null && count >= MAX_DOCUMENTS) {
      exchange.problem = { code: 14106, text: `more than ${MAX_DOCUMENTS} documents` }
      next = null
    }
  }
  return { statusUrl: statusUrl && reach(statusUrl) }
}

const toAbsolute = (url: string, base: string) =>
  URL.canParse(url, base) ? new URL(url, base).href : url

interface Replies {
  statusUrl: string | null
  redirect: string | null
}

function readReplies(content: Content, { heard }: Exchange): Replies {
  const replies: Replies = { statusUrl: null, redirect: null }
  if (content.type === 'text') heard.push(`gets “${shorten(content.text)}”`)
  if (content.type !== 'twiml') return replies
  for (const element of childrenOf(content.document.root)) {
    if (element.name === 'Redirect') return { ...replies, redirect: textOf(element) }
    if (element.name !== 'Message') heard.push(`<${element.name}> does nothing here`)
    else {
      heard.push(toReply(element))
      const callback = attribute(element, 'action') ?? attribute(element, 'statusCallback')
      replies.statusUrl = callback ?? replies.statusUrl
    }
  }
  if (heard.length === 0) heard.push('gets no reply')
  return replies
}

function toReply(message: XmlElement): string {
  const parts = childrenOf(message)
  const body = parts.find(({ name }) => name === 'Body') ?? message
  const media = parts.filter(({ name }) => name === 'Media').length
  const text = parts.length > 0 && body === message ? '' : textOf(body)
  const words = text === '' ? 'gets a message' : `gets “${shorten(text)}”`
  return media === 0 ? words : `${words} with ${media} media`
}
