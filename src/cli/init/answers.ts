/** What `init` has to know before it writes anything. */

export const CHANNELS = ['voice', 'sms'] as const
export type Channel = (typeof CHANNELS)[number]

export const EVENT_FORMATS = ['cloudevents', 'twilio'] as const
export type EventFormat = (typeof EVENT_FORMATS)[number]

export interface Answers {
  /** What Twilio brings: calls, messages, or both. Never empty. */
  channels: readonly Channel[]
  /** The URL of the app that answers a channel today; null: Switchboard answers by itself. */
  apps: Readonly<Record<Channel, string | null>>
  /** Who gets the events, if anybody. */
  events: { url: string; format: EventFormat } | null
  /** The origin that Twilio will call; null: not known yet. */
  publicUrl: string | null
}

/** The name of the secret that the events are signed with; of the target that it is for. */
export const EVENTS_SECRET = 'APP_SIGNING_SECRET'

/** The secrets that the config of these answers names, apart from Twilio's. */
export function listSigningSecrets({ events }: Answers): string[] {
  return events?.format === 'cloudevents' ? [EVENTS_SECRET] : []
}
