/** What is wrong with an answer, in words for whoever typed it; undefined: nothing. Pure. */
import { parseReachableUrl } from '../../config/outbound-url.ts'
import type { CheckText } from '../terminal/prompts.ts'

/** An empty answer is one. */
export const checkOptional = (text: string, check: CheckText): string | undefined =>
  text.trim() === '' ? undefined : check(text.trim())

/** One URL that Switchboard may call. */
export function checkUrl(text: string, local: boolean): string | undefined {
  const url = parseReachableUrl(text, local)
  if (!url.ok) return `${url.error.message}; ${url.error.fix}`
  return text.includes('*') ? 'no * here; write one whole URL' : undefined
}

/** @param called the URLs that Switchboard will call: it must not be told to call itself */
export function checkOrigin(
  text: string,
  called: readonly string[],
  local: boolean,
): string | undefined {
  const url = parseReachableUrl(text, local)
  if (!url.ok) return `${url.error.message}; ${url.error.fix}`
  const { pathname, search, origin } = url.value
  if (pathname !== '/' || search !== '') return `no path here; write ${origin}`
  const isOwn = called.some((each) => URL.parse(each)?.origin === origin)
  return isOwn ? 'your app or service is there: Switchboard needs a host of its own' : undefined
}
