/**
 * Which resources `adopt` changes, and what it leaves alone and why. Pure.
 *
 * It changes what decides: a number's own URL where that is called, else the TwiML app or the messaging
 * service. One that others share is changed only when it is chosen itself, or all that it serves are:
 * choosing one number never moves another.
 */
import type { GatewayAddress } from './gateway-address.ts'
import { decideRoutes, type Route, type Surroundings } from './precedence.ts'
import type { FieldName, Fields, Resource, Slot } from './resource.ts'
import { targetOf, toChangedFields, type Wish } from './wish.ts'

export interface Change {
  resource: Resource
  set: Fields
  /** How many numbers and short codes it moves: more than one for what they share. */
  moves: number
}

export type LeftReason =
  /** Calls go to a SIP trunk. */
  | 'trunk'
  /** It shares an app or a service with others that were not chosen. */
  | 'shared'
  /** Its messaging service drops what comes in, which may be meant: choose the service. */
  | 'disabled'
  | 'missing'
  | 'unread'
  /** An app or a SIP domain that no number uses: it may serve calls that go out. */
  | 'not_chosen'

export interface Left {
  resource: Resource
  reason: LeftReason
  /** SID of what decides. */
  bySid: string
}

export interface AdoptPlan {
  changes: Change[]
  /** Resources that are as they should be. */
  already: number
  left: Left[]
  /** Voice and SMS URLs of the gateway that will have no fallback. */
  withoutFallback: number
}

export interface AdoptInput extends Surroundings {
  resources: readonly Resource[]
  /** Null: all numbers, short codes and messaging services, and the apps that they use. */
  chosen: readonly Resource[] | null
  gateway: GatewayAddress
  wish: Wish
}

interface Place {
  owner: Resource
  slot: Slot
}

export function planAdoption(input: AdoptInput): AdoptPlan {
  const { resources, chosen, gateway, wish } = input
  const selected = chosen ?? resources.filter(({ kind }) => !OFTEN_OUTGOING.has(kind))
  const users = findUsers(input)
  const isSelected = new Set(selected)
  const left: Left[] = []
  const places = new Map<string, Place>()
  for (const resource of selected) {
    for (const route of decideRoutes(resource, input)) {
      if (targetOf(wish, route.channel) === null) continue
      const { owner, slot, by, bySid } = route
      const reason = decideLeft(route, isSelected, users, chosen !== null)
      if (reason !== null) left.push({ resource, reason, bySid })
      else if (owner && slot && by !== 'numbers') places.set(keyOf(owner, slot), { owner, slot })
    }
  }
  const { changes, already } = toChanges(places, users, wish, gateway)
  if (chosen === null) left.push(...findNotChosen(input, places))
  const withoutFallback = countWithoutFallback(places, changes)
  return { changes, already, left: dedupe(left), withoutFallback }
}

const OFTEN_OUTGOING = new Set(['application', 'sip-domain'])

const keyOf = (owner: Resource, slot: Slot): string => `${owner.sid} ${slot.url}`

/** Who is served by each slot of an app or a service. */
function findUsers(input: AdoptInput): Map<string, Resource[]> {
  const users = new Map<string, Resource[]>()
  for (const resource of input.resources) {
    if (resource.kind !== 'number' && resource.kind !== 'short-code') continue
    for (const { owner, slot } of decideRoutes(resource, input)) {
      if (!owner || !slot || owner === resource) continue
      const key = keyOf(owner, slot)
      users.set(key, [...(users.get(key) ?? []), resource])
    }
  }
  return users
}

/** Null: it is to be changed. */
function decideLeft(
  { by, owner, slot }: Route,
  isSelected: ReadonlySet<Resource>,
  users: ReadonlyMap<string, Resource[]>,
  isByChoice: boolean,
): LeftReason | null {
  switch (by) {
    case 'trunk':
    case 'missing':
    case 'unread':
      return by
    case 'disabled':
      return isByChoice && owner && isSelected.has(owner) ? null : 'disabled'
    case 'application':
    case 'service': {
      if (!owner || !slot || isSelected.has(owner)) return null
      const served = users.get(keyOf(owner, slot)) ?? []
      return served.every((user) => isSelected.has(user)) ? null : 'shared'
    }
    case 'self':
    case 'numbers':
      return null
  }
}

function toChanges(
  places: ReadonlyMap<string, Place>,
  users: ReadonlyMap<string, Resource[]>,
  wish: Wish,
  gateway: GatewayAddress,
): { changes: Change[]; already: number } {
  const bySid = new Map<string, { resource: Resource; set: Fields; moved: Set<Resource> }>()
  for (const [key, { owner, slot }] of places) {
    const change = bySid.get(owner.sid) ?? { resource: owner, set: {}, moved: new Set() }
    bySid.set(owner.sid, change)
    const set = toChangedFields(owner, slot, wish, gateway)
    Object.assign(change.set, set)
    if (Object.keys(set).length === 0) continue
    for (const user of users.get(key) ?? []) change.moved.add(user)
  }
  const all = [...bySid.values()]
  const changes = all
    .filter(({ set }) => Object.keys(set).length > 0)
    .map(({ resource, set, moved }) => ({ resource, set, moves: moved.size }))
  return { changes, already: all.length - changes.length }
}

function findNotChosen(input: AdoptInput, places: ReadonlyMap<string, Place>): Left[] {
  const { resources, gateway, wish } = input
  const touched = new Set([...places.values()].map(({ owner }) => owner))
  const leadsAway = (resource: Resource) =>
    decideRoutes(resource, input).some(({ channel, hook }) => {
      const url = hook?.url ?? null
      return url !== null && targetOf(wish, channel) !== null && gateway.endpointOf(url) === null
    })
  return resources
    .filter((each) => OFTEN_OUTGOING.has(each.kind) && !touched.has(each) && leadsAway(each))
    .map((resource) => ({ resource, reason: 'not_chosen', bySid: resource.sid }))
}

function countWithoutFallback(
  places: ReadonlyMap<string, Place>,
  changes: readonly Change[],
): number {
  const sets = new Map(changes.map(({ resource, set }) => [resource, set]))
  const fieldOf = (owner: Resource, name: FieldName) =>
    sets.get(owner)?.[name] ?? owner.fields[name] ?? null
  return [...places.values()].filter(
    ({ owner, slot: { fallbackUrl } }) =>
      fallbackUrl !== undefined && fieldOf(owner, fallbackUrl) === null,
  ).length
}

/** A trunk is the reason for a number's calls and for their status: said once. */
function dedupe(left: readonly Left[]): Left[] {
  const seen = new Map(
    left.map((each) => [`${each.resource.sid} ${each.reason} ${each.bySid}`, each]),
  )
  return [...seen.values()]
}
