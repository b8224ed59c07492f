/**
 * The key ring through a rotation, as text: with a next key, with the next one first, with only the next
 * one, without it. Pure; keys of other accounts, and further ones of this account, are kept.
 */
import type { KeyRing, NamedKey } from '../../twilio/keyring.ts'

/** The name that the new key has until the rotation is over. */
export const NEXT = 'next'
const PRIMARY = 'primary'

export interface RotatingRing {
  ring: KeyRing
  /** The entry that is rotated: an account, or null for `*`, which a plain token is too. */
  entry: string | null
  /** The first key that is not `next`. */
  current: NamedKey
  next: NamedKey | null
  isNextFirst: boolean
}

/** Null: the ring has no key for that account. */
export function toRotatingRing(ring: KeyRing, account: string): RotatingRing | null {
  const own = ring.accounts.get(account)
  const keys = own ?? ring.others
  const current = keys.find(({ name }) => name !== NEXT)
  if (!current) return null
  const next = keys.find(({ name }) => name === NEXT) ?? null
  const isNextFirst = keys[0]?.name === NEXT
  return { ring, entry: own ? account : null, current, next, isNextFirst }
}

type Keys = readonly (readonly [name: string, token: string])[]

const isNext = ([name]: Keys[number]): boolean => name === NEXT

export function withNext(rotating: RotatingRing, token: string): string {
  const keys = keysOf(rotating).filter((key) => !isNext(key))
  const [first, ...others] = keys
  return toText(rotating, [...(first ? [first] : []), [NEXT, token], ...others])
}

export function withoutNext(rotating: RotatingRing): string {
  return toText(
    rotating,
    keysOf(rotating).filter((key) => !isNext(key)),
  )
}

/** The first key is what our own logins and `twilio` deliveries use. */
export function withNextFirst(rotating: RotatingRing): string {
  const keys = keysOf(rotating)
  return toText(rotating, [...keys.filter(isNext), ...keys.filter((key) => !isNext(key))])
}

/** The old key is gone, and the new one has its place and the name `primary`. */
export function finished(rotating: RotatingRing): string {
  const { current, next } = rotating
  if (!next) throw new TypeError('there is nothing to finish')
  const kept = keysOf(rotating).filter(([name]) => name !== NEXT && name !== current.name)
  const isTaken = kept.some(([name]) => name === PRIMARY)
  return toText(rotating, [[isTaken ? current.name : PRIMARY, next.token], ...kept])
}

function keysOf({ ring, entry }: RotatingRing): Keys {
  const keys = entry === null ? ring.others : (ring.accounts.get(entry) ?? [])
  return keys.map(({ name, token }) => [name, token])
}

function toText({ ring, entry }: RotatingRing, keys: Keys): string {
  const before: [string | null, Keys][] = [...ring.accounts].map(([account, own]) => [
    account,
    own.map(({ name, token }) => [name, token]),
  ])
  const others: Keys = ring.others.map(({ name, token }) => [name, token])
  if (others.length > 0) before.push([null, others])
  const entries = before.map(([account, own]) => {
    return [account ?? '*', Object.fromEntries(account === entry ? keys : own)]
  })
  return JSON.stringify(Object.fromEntries(entries))
}

/** `AC… (primary, next)`: for a question; no token. */
export function describeRing({ accounts, others }: KeyRing): string {
  const list = [...accounts, ...(others.length > 0 ? [['*', others] as const] : [])]
  return list
    .map(([account, keys]) => `${account} (${keys.map(({ name }) => name).join(', ')})`)
    .join(', ')
}
