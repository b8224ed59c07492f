/** Who is called: this machine, or a gateway that is the user's own and that they named as such. */
import { TOKENS_SECRET } from '../../config/secret-names.ts'
import { createSecretReader } from '../project/secrets.ts'
import { UsageError } from '../terminal/errors.ts'
import { confirmOrEnd } from '../terminal/prompts.ts'
import type { Terminal } from '../terminal/terminal.ts'
import type { Places } from './planned-request.ts'

export const DEFAULT_TO = 'http://127.0.0.1:8787'

export interface Aim {
  to?: string | undefined
  against?: string | undefined
  yes?: true | undefined
}

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

/** The gateway's URL; ends the command unless it may be called. */
export async function decideAim(
  { to, against, yes }: Aim,
  { count, rate }: { count: number; rate: number },
  terminal: Terminal,
): Promise<string> {
  if (to !== undefined && against !== undefined) {
    throw new UsageError('--to and --against are two answers to one question: pass one.')
  }
  if (against === undefined) return refuseFar(to ?? DEFAULT_TO)
  // The token that `dev` made up is no deployed gateway's.
  if (createSecretReader(process.env, process.cwd())(TOKENS_SECRET) === undefined) {
    throw new UsageError(`--against needs your own token in ${TOKENS_SECRET}.`, {
      next: 'Set it in the environment or .dev.vars, to what the gateway has.',
    })
  }
  const { origin, username, password } = new URL(against)
  if (username !== '' || password !== '') {
    throw new UsageError(
      '--against takes no name and password: a command line is no place for them.',
    )
  }
  const message = `Send ${count} webhooks, ${rate} a second, to ${origin}? Its targets get the events.`
  await confirmOrEnd(terminal, { message, instead: '--yes' }, yes === true)
  return against
}

function refuseFar(to: string): string {
  if (LOOPBACK.test(new URL(to).hostname)) return to
  throw new UsageError('--to is for a gateway on this machine.', {
    next: 'For a deployed gateway of your own: --against URL',
  })
}

export interface Paths {
  sms: string
  voice: string
  status: string
  /** False: there is none. */
  fallback: string | false
}

export function toPlaces(gateway: string, { sms, voice, status, fallback }: Paths): Places {
  const at = (path: string) => new URL(path, gateway).href
  return {
    sms: at(sms),
    voice: at(voice),
    status: at(status),
    fallback: fallback === false ? null : at(fallback),
  }
}
