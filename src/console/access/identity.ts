/**
 * Who asks. Every request that gets past the door has an identity, and what it may do hangs on the
 * role alone: not on the way it came.
 */

/** How somebody proved who they are. */
export type Via = 'access' | 'password' | 'token' | 'local'

/** A viewer changes nothing, and sees phone numbers and bodies masked. */
export type Role = 'viewer' | 'operator'

export interface Identity {
  /** An e-mail address, a user of the settings, `token:<id>`, or `local`. */
  actor: string
  via: Via
  role: Role
}

export const ROLES = ['viewer', 'operator'] as const satisfies readonly Role[]
export const VIAS = ['access', 'password', 'token', 'local'] as const satisfies readonly Via[]

const RANKS: Readonly<Record<Role, number>> = { viewer: 0, operator: 1 }

/** Whoever may do more may do less, too. */
export function hasRole(identity: Identity, role: Role): boolean {
  return RANKS[identity.role] >= RANKS[role]
}
