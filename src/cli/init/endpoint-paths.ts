/**
 * Where Twilio calls. In front of an app an endpoint gets the path that the app has itself, so that in
 * Twilio only the host changes, and what the app's TwiML leads to by a path (`action="/menu"`) comes back
 * through the gateway.
 */
import { path as pathField } from '../../config/fields.ts'
import type { Answers, Channel } from './answers.ts'

export const STATUS_PATH = '/status'
export const FALLBACK_PATH = '/fallback'
export const GOODBYE_PATH = '/goodbye'

const DEFAULTS: Readonly<Record<Channel, string>> = { voice: '/voice', sms: '/sms' }

/** Paths that differ from each other and from those of the other endpoints. */
export function decidePaths({ channels, apps }: Answers): Record<Channel, string> {
  const voice = (channels.includes('voice') && ownPath(apps.voice)) || DEFAULTS.voice
  const sms = (channels.includes('sms') && ownPath(apps.sms)) || DEFAULTS.sms
  if (voice === DEFAULTS.sms || sms === DEFAULTS.voice) return { ...DEFAULTS }
  // One app for both: they could not be told apart by the path.
  return { voice, sms: sms === voice ? DEFAULTS.sms : sms }
}

const TAKEN: readonly string[] = [STATUS_PATH, FALLBACK_PATH, GOODBYE_PATH, '/']

/** The path of the app's URL, unless an endpoint cannot have it. */
function ownPath(app: string | null): string | null {
  const pathname = app === null ? undefined : URL.parse(app)?.pathname
  if (pathname === undefined || TAKEN.includes(pathname)) return null
  return pathField.safeParse(pathname).success ? pathname : null
}
