/** URLs as they may be shown: query values can be phone numbers, and credentials are nobody's business. */
import { splitUrl, joinUrl } from '../../twilio/url-forms.ts'
import { joinQuery, splitQuery } from './signed.ts'

/** @param showValues As it is, but for credentials. */
export function toShownUrl(url: string, showValues: boolean): string {
  const parts = splitUrl(url)
  if (!parts) return url
  const userinfo = parts.userinfo === '' ? '' : '…@'
  const names = splitQuery(parts.query).map((pair) => pair.replace(/=.+$/s, '=…'))
  return joinUrl({ ...parts, userinfo, query: showValues ? parts.query : joinQuery(names) })
}

export function toOrigin(url: string): string {
  const { scheme = '', host = '', port = '' } = splitUrl(url) ?? {}
  return `${scheme.replace(/^ws/, 'http')}://${host}${port}`
}

/** How a good signature's URL differs from the one that the gateway sees: spellings that it accepts. */
export function describeForm(seenUrl: string, signedUrl: string): string {
  const seen = splitUrl(seenUrl)
  const signed = splitUrl(signedUrl)
  if (!seen || !signed) return 'as it is'
  const differences = [
    signed.scheme === seen.scheme ? null : `as ${signed.scheme}:`,
    signed.port === seen.port
      ? null
      : signed.port === ''
        ? 'without its port'
        : `with ${signed.port}`,
    signed.userinfo === seen.userinfo ? null : 'with credentials left out',
    signed.path === seen.path
      ? null
      : signed.path.endsWith('/')
        ? 'with a slash'
        : 'without a slash',
    signed.query === seen.query ? null : "with ' and %27 the other way round",
  ].filter((each) => each !== null)
  return differences.length === 0 ? 'as it is' : differences.join(', ')
}
