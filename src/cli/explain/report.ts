/** An explanation for people and for scripts: what is wrong, what Twilio signed, what to do. */
import type { CaptureFormat } from './capture/parse-capture.ts'
import type { CapturedRequest, Oddity } from './capture/captured-request.ts'
import type { Explanation } from './explain-request.ts'
import { MISTAKES } from './mistakes.ts'
import { describeForm, toOrigin, toShownUrl } from './show.ts'

export interface ReportInput {
  format: CaptureFormat
  capture: CapturedRequest
  explanation: Explanation
  showValues: boolean
}

const ODDITIES: Readonly<Record<Oddity, string>> = {
  body_incomplete: 'The capture holds less of the body than Content-Length says.',
  body_cut: 'The capture holds more than Content-Length says; the rest was left out.',
  line_end_cut: 'The line end behind the body was left out: an editor puts it there.',
  body_remade: 'The capture lists parameters and not the body, so its bytes were made again.',
}

export function toReportData({ format, capture, explanation, showValues }: ReportInput) {
  const { verdict, findings, seenUrl, signed, key } = explanation
  const origin = toOrigin(signed?.url ?? seenUrl)
  return {
    verdict,
    codes: findings.map(({ code }) => code),
    findings: findings.map(({ code, detail = null }) => {
      const { happened, fix } = MISTAKES[code]
      return { code, detail, happened, fix: fix(origin) }
    }),
    seen: { method: capture.method, url: toShownUrl(seenUrl, showValues) },
    signed: signed && {
      url: toShownUrl(signed.url, showValues),
      form: verdict === 'accepted' ? describeForm(seenUrl, signed.url) : null,
      parameters: signed.names,
    },
    key,
    capture: { format, oddities: capture.oddities, isSchemeAssumed: capture.isSchemeAssumed },
  }
}

export function toReportText(input: ReportInput): string {
  const data = toReportData(input)
  const findings = data.findings.flatMap(({ code, detail, happened, fix }) => [
    '',
    `${code}: ${happened}${detail === null ? '' : ` (${detail})`}`,
    `  → ${fix}`,
  ])
  const lines = [toTitle(data), ...findings, '', ...toFacts(data), ...toNotes(input)]
  return lines.join('\n')
}

type ReportData = ReturnType<typeof toReportData>

function toTitle({ verdict, findings }: ReportData): string {
  if (verdict === 'accepted') return 'Accepted: the signature is good.'
  if (verdict === 'unknown') return 'Refused, and no known mistake explains it.'
  return findings.length === 1
    ? 'Refused, because of one known mistake.'
    : `Refused, because of ${findings.length} known mistakes together.`
}

function toFacts({ seen, signed, key, verdict }: ReportData): string[] {
  const facts = [['The gateway checks', `${seen.method} ${seen.url}`]]
  if (signed) {
    const form = signed.form === null || signed.form === 'as it is' ? '' : ` (${signed.form})`
    facts.push(['Twilio signed', signed.url + form])
    const count = signed.parameters.length
    if (count > 0) facts.push(['with parameters', signed.parameters.join(', ')])
  }
  if (key) facts.push(['by the key', toKeyText(key)])
  if (verdict === 'accepted' && key?.isFirst === false) {
    facts.push([
      '',
      'which is not the first of its ring: a check that knows only that one refuses.',
    ])
  }
  return facts.map(([label = '', text = '']) => `${label.padEnd(20)}${text}`)
}

function toKeyText({ account, name }: { account: string | null; name: string }): string {
  return account === null
    ? `${name} (of any account without keys of its own)`
    : `${name} of ${account}`
}

function toNotes({ capture, explanation }: ReportInput): string[] {
  const { isSchemeAssumed, oddities } = capture
  const notes = oddities.map((oddity) => ODDITIES[oddity])
  if (isSchemeAssumed && explanation.verdict !== 'accepted') {
    notes.push('The capture does not say http or https; --url or --config says what Twilio calls.')
  }
  return notes.length === 0 ? [] : ['', ...notes.map((note) => `Note: ${note}`)]
}
