/**
 * Who may use the console, from the Worker's settings. All of them are optional; with none of them the
 * console is closed. One that cannot be understood closes it too, whatever the others say: half a
 * setting may have been meant to keep somebody out.
 *
 * A problem names the setting and what is wrong with its form, never its value.
 */
import { err, ok, type Result } from '../../result.ts'
import { parseAccessTeam, type AccessTeam } from './access-team.ts'
import { parsePasswords, type Users } from './passwords.ts'

export interface AccessEnv {
  CONSOLE_PASSWORDS?: string
  CONSOLE_ACCESS?: string
  SWITCHBOARD_LOCAL?: string
}

export type SettingName = 'CONSOLE_PASSWORDS' | 'CONSOLE_ACCESS'

export interface SettingProblem {
  setting: SettingName
  /** Follows the setting's name: `is not JSON`. */
  hint: string
}

export interface Settings {
  /** Users with passwords; null: there is no login. */
  users: Users | null
  /** Cloudflare Access; null: not used. */
  team: AccessTeam | null
  /** On this machine only: no https, and the Host header has to be this machine's. */
  isLocal: boolean
}

/** Why the console is closed. */
export interface Closed {
  /** Empty: nothing is configured. */
  problems: readonly SettingProblem[]
}

export function parseSettings(env: AccessEnv): Result<Settings, Closed> {
  const users = parseOptional('CONSOLE_PASSWORDS', env, parsePasswords)
  const team = parseOptional('CONSOLE_ACCESS', env, parseAccessTeam)
  const isLocal = env.SWITCHBOARD_LOCAL === '1'
  if (!users.ok || !team.ok) {
    return err({ problems: [users, team].flatMap((result) => (result.ok ? [] : [result.error])) })
  }
  if (!users.value && !team.value && !isLocal) return err({ problems: [] })
  return ok({ users: users.value, team: team.value, isLocal })
}

/** Nobody has to log in: everybody who reaches this machine's own address is an operator. */
export function isOpenLocally({ users, team, isLocal }: Settings): boolean {
  // Who sets up users locally wants to see what they see.
  return isLocal && !users && !team
}

/** Blank is not set: a line of `.dev.vars` that waits to be filled in. */
function parseOptional<T>(
  setting: SettingName,
  env: AccessEnv,
  parse: (text: string) => Result<T, { hint: string }>,
): Result<T | null, SettingProblem> {
  const text = env[setting]?.trim() ?? ''
  if (text === '') return ok(null)
  const parsed = parse(text)
  return parsed.ok ? parsed : err({ setting, ...parsed.error })
}
