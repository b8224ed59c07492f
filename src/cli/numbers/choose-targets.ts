/**
 * From the options of `adopt` to a wish: which endpoint for which channel (given, guessed, or asked),
 * the fallbacks and the connection overrides. Everything is checked before Twilio is asked anything.
 */
import type { CompiledConfig } from '../../config/compiled.ts'
import { UsageError } from '../terminal/errors.ts'
import { askOne } from '../terminal/prompts.ts'
import type { Terminal } from '../terminal/terminal.ts'
import type { GatewayAddress } from './gateway-address.ts'
import { guessEndpoints, TARGET_CHANNELS, type TargetChannel } from './guess-endpoint.ts'
import { parseOverrides } from './overrides.ts'
import type { Target, Wish } from './wish.ts'

export interface TargetOptions {
  voice?: string | undefined
  sms?: string | undefined
  status?: string | undefined
  fallback?: string | undefined
  fallbackVoice?: string | undefined
  fallbackSms?: string | undefined
  overrides: string
}

const NONE = 'none'

export async function chooseTargets(
  terminal: Terminal,
  options: TargetOptions,
  { config, gateway }: { config: CompiledConfig; gateway: GatewayAddress },
): Promise<Wish> {
  const overrides = checkOverrides(options.overrides)
  const { fallback, fallbackVoice = fallback, fallbackSms = fallback } = options
  const fallbacks = {
    voice: checkFallback(fallbackVoice, gateway),
    sms: checkFallback(fallbackSms, gateway),
  }
  const targets: Wish['targets'] = { voice: null, sms: null, status: null }
  for (const channel of TARGET_CHANNELS) {
    const given = options[channel]
    const choice = given === undefined ? await guess(terminal, config, channel) : chosen(given)
    targets[channel] = toTarget(choice, channel, gateway)
  }
  if (TARGET_CHANNELS.every((channel) => targets[channel] === null)) {
    throw new UsageError('No endpoint of the config looks as if it took calls or messages.', {
      code: 'no_endpoint',
      next: 'Say which: --voice /path, --sms /path, --status /path.',
    })
  }
  return { targets, fallbacks, overrides }
}

interface Choice {
  path: string
  /** By a person, not guessed. */
  isChosen: boolean
}

const chosen = (path: string): Choice => ({ path, isChosen: true })

async function guess(
  terminal: Terminal,
  config: CompiledConfig,
  channel: TargetChannel,
): Promise<Choice> {
  const [path = NONE, ...others] = guessEndpoints(config, channel)
  if (others.length === 0) return { path, isChosen: false }
  const choices = [path, ...others, NONE].map((value) => ({
    value,
    label: value === NONE ? 'leave this channel alone' : value,
  }))
  const answer = await askOne(terminal, {
    message: `Several endpoints may be meant for ${channel} (${[path, ...others].join(', ')})`,
    instead: `--${channel} /path, or --${channel} none`,
    choices,
  })
  return chosen(answer)
}

function toTarget(
  { path, isChosen }: Choice,
  channel: TargetChannel,
  gateway: GatewayAddress,
): Target | null {
  if (path === NONE) return null
  if (path.startsWith('/') && gateway.endpointAt(path) !== null && !path.endsWith('/*')) {
    return { url: gateway.origin + path, isChosen }
  }
  throw new UsageError(`--${channel} ${path}: no endpoint of the config has this path.`, {
    code: 'endpoint_unknown',
    next: `Pass a path of the config, or --${channel} none to leave the channel alone.`,
  })
}

function checkOverrides(text: string): string | null {
  if (text === NONE) return null
  const overrides = parseOverrides(text.replace(/^#/, ''))
  if (overrides.ok) return overrides.value
  const list = overrides.error.map(({ message }) => message).join('; ')
  throw new UsageError(`--overrides: ${list}.`, {
    code: 'overrides_invalid',
    next: 'https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides lists them. "none" leaves them out.',
  })
}

function checkFallback(url: string | undefined, gateway: GatewayAddress): string | null {
  if (url === undefined) return null
  if (gateway.isOurs(url)) {
    throw new UsageError('--fallback is the gateway itself: when it is down, so is its fallback.', {
      code: 'fallback_is_gateway',
      next: 'A TwiML Bin (https://handler.twilio.com/twiml/EH…) runs at Twilio.',
    })
  }
  const fragment = url.split(/#(.*)/s)[1]
  if (fragment !== undefined && !parseOverrides(fragment).ok) {
    throw new UsageError('--fallback has connection overrides that Twilio does not know.', {
      code: 'overrides_invalid',
    })
  }
  return url
}
