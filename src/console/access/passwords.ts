/**
 * Users with passwords (setting CONSOLE_PASSWORDS): one password, or JSON with a name, a password and a
 * role for each user.
 *
 * A password is compared by hash and in constant time, and somebody who is no user costs the same work
 * as one who is.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { err, ok, type Result } from '../../result.ts'
import { ROLES, type Role } from './identity.ts'

export interface User {
  name: string
  role: Role
  /** In NFC: keyboards differ in how they compose an é. */
  password: string
}

/** By name. */
export type Users = ReadonlyMap<string, User>

/** Who has the one password. */
export const SINGLE_USER = 'operator'
export const MIN_PASSWORD_CHARS = 12
/** What is longer is no password; it is not even hashed. */
export const MAX_PASSWORD_CHARS = 1_024
/** A letter or digit first: also keeps `__proto__` out. */
const USER_NAME = /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$/

const UsersSchema = z
  .record(
    z.string().regex(USER_NAME),
    z.strictObject({ password: z.string(), role: z.enum(ROLES) }),
  )
  .refine((users) => Object.keys(users).length > 0)

export function parsePasswords(text: string): Result<Users, { hint: string }> {
  const users = text.startsWith('{')
    ? parseUsers(text)
    : ok([toUser(SINGLE_USER, text, 'operator')])
  if (!users.ok) return users
  const isShort = users.value.some(({ password }) => password.length < MIN_PASSWORD_CHARS)
  if (isShort) return err({ hint: `has a password of less than ${MIN_PASSWORD_CHARS} characters` })
  const isLong = users.value.some(({ password }) => password.length > MAX_PASSWORD_CHARS)
  if (isLong) return err({ hint: `has a password of more than ${MAX_PASSWORD_CHARS} characters` })
  return ok(new Map(users.value.map((user) => [user.name, user])))
}

function parseUsers(text: string): Result<User[], { hint: string }> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return err({ hint: 'begins with { and is not JSON' })
  }
  const parsed = UsersSchema.safeParse(value)
  if (!parsed.success) {
    const form = '{ "name": { "password": "…", "role": "operator" or "viewer" }, … }'
    return err({ hint: `is not of the form ${form}` })
  }
  return ok(
    Object.entries(parsed.data).map(([name, { password, role }]) => toUser(name, password, role)),
  )
}

const toUser = (name: string, password: string, role: Role): User => ({
  name,
  role,
  password: password.normalize('NFC'),
})

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
/** No password has it: it is not the hash of anything that somebody knows. */
const NOBODYS_DIGEST = Buffer.alloc(32)

/** @returns the user, or null: no such user, or not their password */
export type CheckPassword = (name: string, password: string) => User | null

export function createCheckPassword(users: Users): CheckPassword {
  const digests = new Map([...users].map(([name, { password }]) => [name, digest(password)]))
  return (name, password) => {
    if (password.length > MAX_PASSWORD_CHARS) return null
    const expected = digests.get(name) ?? NOBODYS_DIGEST
    const isRight = timingSafeEqual(digest(password.normalize('NFC')), expected)
    const user = users.get(name) ?? null
    return isRight ? user : null
  }
}
