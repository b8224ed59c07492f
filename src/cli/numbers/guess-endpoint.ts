/** Which endpoint of the config a channel most likely belongs to. Pure: asking is the caller's. */
import type { CompiledConfig, CompiledEndpoint } from '../../config/compiled.ts'

export const TARGET_CHANNELS = ['voice', 'sms', 'status'] as const
/** What `--voice`, `--sms` and `--status` are about; `status` is of calls and of messages. */
export type TargetChannel = (typeof TARGET_CHANNELS)[number]

interface Clue {
  /** An endpoint that pins one of these is meant for it. */
  kinds: readonly string[]
  names: RegExp
}

const CLUES: Record<TargetChannel, Clue> = {
  voice: { kinds: ['voice.inbound'], names: /^(?:voice|calls?|phone|ivr|incoming-?calls?)$/i },
  sms: {
    kinds: ['messaging.inbound'],
    names: /^(?:sms|texts?|messages?|messaging|incoming-?messages?)$/i,
  },
  status: {
    kinds: ['voice.call.status', 'messaging.status'],
    names: /^(?:status(?:es)?|callbacks?|status-?callbacks?)$/i,
  },
}

/** Paths of the endpoints that fit: none, the one, or several that only a person can choose from. */
export function guessEndpoints(config: CompiledConfig, channel: TargetChannel): string[] {
  const { kinds, names } = CLUES[channel]
  // What stands for many paths cannot be called as it is.
  const callable = config.endpoints.filter(({ path }) => !path.endsWith('/*'))
  const pinned = callable.filter(({ kind }) => kind !== null && kinds.includes(kind))
  const named = callable.filter((endpoint) => endpoint.kind === null && isNamed(endpoint, names))
  return (pinned.length > 0 ? pinned : named).map(({ path }) => path)
}

function isNamed({ name, path }: CompiledEndpoint, names: RegExp): boolean {
  return names.test(name) || names.test(path.split('/').at(-1) ?? '')
}
