/**
 * `switchboard explain`: the signature doctor. Takes a captured request and says which form of the
 * signature matches, or which known mistake would have made it match.
 *
 * It never prints a token, nor the signature that it would have expected: a valid signature lets anyone
 * send that request.
 */
import { prepareEndpoints } from '../../config/routes.ts'
import { loadConfigFile } from '../project/config-file.ts'
import { DEFAULT_STATE } from '../project/state.ts'
import { EXIT } from '../terminal/errors.ts'
import { createTerminal } from '../terminal/terminal.ts'
import { InvalidArgumentError, type DefineVerb } from '../terminal/verb.ts'
import {
  chooseRequest,
  FORMATS,
  parseCapture,
  type CaptureFormat,
} from './capture/parse-capture.ts'
import { explainRequest } from './explain-request.ts'
import { readInputs } from './read-input.ts'
import { toReportData, toReportText } from './report.ts'

export const defineExplain: DefineVerb = (verb) => {
  verb
    .argument('[file]', 'the captured request; left out or -: standard input')
    .option('--format <format>', `${FORMATS.join(', ')}; else told by its content`, parseFormat)
    .option('--entry <n>', 'which request of a HAR or a list, 1 being the first', parseEntry)
    .option('--url <url>', 'the URL that stands in Twilio, if you know it', parseTwilioUrl)
    .option('--config <file>', 'check as the gateway with this config: its publicUrl and paths')
    .option('--token-stdin', 'read a token, or a key ring, from standard input and try it as well')
    .option('--show-values', 'show the values of queries, which may be phone numbers')
    .option('--state <dir>', 'where `switchboard dev` keeps its token', DEFAULT_STATE)
    .action(async (file, options) => {
      const { tokenStdin = false, showValues = false, state } = options
      const { capture: bytes, ring, extra } = await readInputs({ file, tokenStdin, state })
      const { format, requests } = parseCapture(bytes, options.format)
      const capture = chooseRequest(requests, options.entry ?? null)
      const { publicUrl, hasEndpoint } = await readGateway(options.config, options.url)
      const explanation = await explainRequest({
        capture,
        ring,
        extraKeys: extra.all,
        publicUrl,
        configuredUrl: options.url ?? null,
        hasEndpoint,
      })
      const report = { format, capture, explanation, showValues }
      createTerminal(options).result(toReportData(report), toReportText(report))
      if (explanation.verdict !== 'accepted') process.exitCode = EXIT.failed
    })
}

/** Without a config: a gateway whose publicUrl is right, where the user says what is right. */
async function readGateway(file: string | undefined, url: string | undefined) {
  if (file === undefined) {
    const publicUrl = url === undefined ? null : url.replace(/^ws/, 'http')
    return { publicUrl, hasEndpoint: () => true }
  }
  const config = await loadConfigFile(file, { local: true })
  const endpoints = prepareEndpoints(config)
  const hasEndpoint = (path: string) => endpoints.find(path) !== null
  return { publicUrl: config.publicUrl, hasEndpoint }
}

function parseFormat(text: string): CaptureFormat {
  const format = FORMATS.find((each) => each === text)
  if (format) return format
  throw new InvalidArgumentError(`It is one of ${FORMATS.join(', ')}.`)
}

function parseEntry(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It is a number from 1.')
}

function parseTwilioUrl(text: string): string {
  if (URL.canParse(text) && /^(?:https?|wss?):\/\//.test(text)) return text
  throw new InvalidArgumentError('It is a URL with https, http or wss.')
}
