/**
 * Everything that Twilio calls webhooks for, read from the account and its sub-accounts. What could not
 * be read is listed: a scan that leaves something out must not look complete.
 */
import { UsageError } from '../terminal/errors.ts'
import { readAccounts, type Account, type AccountList } from '../twilio/accounts.ts'
import type { TwilioConnection } from '../twilio/client.ts'
import type { Surroundings } from './precedence.ts'
import { listResources, listSenders, readFields, readText } from './resource-api.ts'
import {
  KINDS,
  RESOURCE_KINDS,
  toCount,
  type Channel,
  type Resource,
  type ResourceKind,
} from './resource.ts'

export interface Unread {
  account: string
  kind: ResourceKind
}

export interface Inventory extends Surroundings {
  accounts: Account[]
  skipped: AccountList['skipped']
  /** There may be sub-accounts that the login may not list. */
  isPartial: boolean
  unread: Unread[]
  /** By account, then in the order of RESOURCE_KINDS. */
  resources: Resource[]
}

export interface ReadOptions {
  /** Only these accounts; empty: all. */
  accounts: readonly string[]
  onProgress: (text: string) => void
}

export async function readInventory(
  connection: TwilioConnection,
  { accounts: wanted, onProgress }: ReadOptions,
): Promise<Inventory> {
  const list = await readAccounts(connection)
  const accounts = chooseAccounts(list, wanted)
  let count = 0
  const onPage = (more: number) => onProgress(`${toCount((count += more))} read`)
  const parts = await Promise.all(
    accounts.map((account) => readAccount(connection, account, onPage)),
  )
  const resources = parts.flatMap((part) => part.resources)
  const unread = parts.flatMap((part) => part.unread)
  const noServices = unread.filter(({ kind }) => kind === 'service')
  return {
    accounts,
    skipped: list.skipped,
    isPartial: list.isPartial,
    unread,
    resources,
    bySid: new Map(resources.map((resource) => [resource.sid, resource])),
    servicesUnread: new Set(noServices.map(({ account }) => account)),
  }
}

function chooseAccounts({ accounts }: AccountList, wanted: readonly string[]): Account[] {
  if (wanted.length === 0) return accounts
  const unknown = wanted.find((sid) => !accounts.some((account) => account.sid === sid))
  if (unknown === undefined) return accounts.filter(({ sid }) => wanted.includes(sid))
  throw new UsageError(`--account ${unknown} is not an active account that this login reaches.`, {
    code: 'account_unknown',
    next: 'switchboard numbers scan --json lists the accounts.',
  })
}

async function readAccount(
  connection: TwilioConnection,
  account: Account,
  onPage: (count: number) => void,
) {
  const unread: Unread[] = []
  const parts = await Promise.all(
    RESOURCE_KINDS.map(async (kind) => {
      const found = await listResources(connection, account, kind, onPage)
      if (found === null) unread.push({ account: account.sid, kind })
      return (found ?? []).map((instance) => toResource(kind, account.sid, instance))
    }),
  )
  const resources = parts.flat()
  await addServices(connection, account, resources)
  return { resources, unread }
}

/** Writes into each number and short code which messaging service it is in. */
async function addServices(
  connection: TwilioConnection,
  account: Account,
  resources: Resource[],
): Promise<void> {
  const services = resources.filter(({ kind }) => kind === 'service')
  const senders = await Promise.all(
    services.map(async ({ sid }) => ({ sid, of: await listSenders(connection, account, sid) })),
  )
  const serviceOf = new Map(senders.flatMap(({ sid, of }) => of.map((sender) => [sender, sid])))
  for (const resource of resources) resource.serviceSid = serviceOf.get(resource.sid) ?? null
}

/** What each kind is called by. */
const NAMES: Record<ResourceKind, string> = {
  number: 'phoneNumber',
  service: 'friendlyName',
  application: 'friendlyName',
  'sip-domain': 'domainName',
  'short-code': 'shortCode',
}

function toResource(kind: ResourceKind, account: string, instance: object): Resource {
  const sid = readText(instance, 'sid')
  if (sid === null) throw new TypeError(`a ${KINDS[kind].names[0]} without a SID`)
  return {
    kind,
    account,
    sid,
    name: readText(instance, NAMES[kind]) ?? sid,
    fields: readFields(kind, instance),
    lacks: kind === 'number' ? findLacks(instance) : [],
    trunkSid: readText(instance, 'trunkSid'),
    voiceApplicationSid: readText(instance, 'voiceApplicationSid'),
    smsApplicationSid: readText(instance, 'smsApplicationSid'),
    serviceSid: null,
    defersToNumbers: Reflect.get(instance, 'useInboundWebhookOnNumber') === true,
  }
}

/** Only what Twilio denies: a number whose capabilities are not told may have all of them. */
function findLacks(instance: object): Channel[] {
  const told: unknown = Reflect.get(instance, 'capabilities')
  const denies = (name: string) =>
    typeof told === 'object' && told !== null && Reflect.get(told, name) === false
  const lacks: Channel[] = []
  if (denies('voice')) lacks.push('voice', 'status')
  if (denies('sms') && denies('mms')) lacks.push('sms')
  return lacks
}
