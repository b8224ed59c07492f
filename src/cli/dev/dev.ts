/**
 * `switchboard dev`: the whole product on this machine, on loopback, with nothing to sign up for. It
 * follows the config as it is edited, can send all events to the developer's app, and can open a tunnel
 * for Twilio to come through. With `--demo` it also starts a sample target and shows itself at work.
 */
import { parseReachableUrl } from '../../config/outbound-url.ts'
import { DEFAULT_CONFIG_FILE } from '../project/config-file.ts'
import { DEFAULT_STATE } from '../project/state.ts'
import { UsageError } from '../terminal/errors.ts'
import { InvalidArgumentError, parsePort, type DefineVerb } from '../terminal/verb.ts'
import { FORWARD_FORMATS, type ForwardFormat } from './local-config.ts'
import type { DevOptions } from './prepare.ts'

export const defineDev: DefineVerb = (verb) => {
  verb
    .option('--config <file>', 'the config, anywhere on the disk', DEFAULT_CONFIG_FILE)
    .option('--port <n>', "the gateway's port on 127.0.0.1; 0: any free one", parsePort, 8787)
    .option(
      '--console-port <n>',
      "the console's port; default: the one behind the gateway's, or any free one",
      parsePort,
    )
    .option('--login', 'the console asks who you are, as when it is deployed')
    .option('--state <dir>', 'where KV and the ledger are kept', DEFAULT_STATE)
    .option('--forward <url>', "send all events here, instead of to the config's targets", parseApp)
    .option('--format <format>', 'of --forward: cloudevents (default) or twilio', parseFormat)
    .option('--tunnel', 'open a public URL that leads here, to paste into Twilio')
    .option('--demo', 'start a sample target, send three webhooks and show what happens')
    // The Workers' runtime is loaded when the call is right.
    .action(async ({ demo = false, tunnel = false, json = false, forward, format, ...rest }) => {
      const { consolePort = null, login = false, ...options } = rest
      if (format !== undefined && forward === undefined) {
        throw new UsageError('--format is of --forward.', { next: 'Pass --forward with a URL.' })
      }
      if (demo && forward !== undefined) {
        throw new UsageError('--demo has a target of its own.', { next: 'Leave --forward out.' })
      }
      if (demo && json) {
        throw new UsageError('--demo is for people.', { next: 'Leave one of the two out.' })
      }
      const app = forward === undefined ? null : { url: forward, format: format ?? 'cloudevents' }
      const { runDev } = await import('./run.ts')
      const flags = { demo, tunnel, json, login }
      await runDev({ ...options, ...flags, consolePort, forward: app } satisfies DevOptions)
    })
}

function parseApp(text: string): string {
  const url = parseReachableUrl(text, true)
  if (!url.ok) throw new InvalidArgumentError(`${url.error.message}; ${url.error.fix}.`)
  return url.value.href
}

function parseFormat(text: string): ForwardFormat {
  const format = FORWARD_FORMATS.find((each) => each === text)
  if (!format) throw new InvalidArgumentError(`It is ${FORWARD_FORMATS.join(' or ')}.`)
  return format
}
