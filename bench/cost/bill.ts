/** Pure: what operations cost by the price list. Dollars; nothing is rounded here. */
import prices from './prices.json' with { type: 'json' }

export type Service = keyof typeof prices.services
/** So many for each webhook. */
export type Operations = Record<Service, number>

export interface Item {
  service: Service
  label: string
  group: string
  /** For each webhook. */
  operations: number
  /** For a million webhooks. */
  usd: number
}

export const SERVICES = Object.keys(prices.services) as Service[]
export const GROUPS = [...new Set(SERVICES.map((service) => prices.services[service].group))]

/** For a million webhooks when what the plan includes is used up: what one more million costs. */
export function toItems(operations: Operations): Item[] {
  return SERVICES.map((service) => {
    const { label, group, usdPerMillion } = prices.services[service]
    const each = operations[service]
    return { service, label, group, operations: each, usd: each * usdPerMillion }
  })
}

export function sumUsd(items: readonly { usd: number }[]): number {
  return items.reduce((sum, { usd }) => sum + usd, 0)
}

/** Dollars for a million webhooks by group of services. */
export function toGroups(operations: Operations): Map<string, number> {
  const items = Map.groupBy(toItems(operations), ({ group }) => group)
  return new Map([...items].map(([group, some]) => [group, sumUsd(some)]))
}

/** The bill of a month with so many webhooks and nothing else in the account: plan and what is over. */
export function toMonthUsd(operations: Operations, millions: number): number {
  const pools = Map.groupBy(SERVICES, toAllowance)
  const over = [...pools].map(([name, services]) => {
    const { usdPerMillion, includedMillions } = prices.services[name]
    const used = services.reduce((sum, service) => sum + operations[service] * millions, 0)
    return Math.max(0, used - includedMillions) * usdPerMillion
  })
  return over.reduce((sum, usd) => sum + usd, prices.plan.usdPerMonth)
}

/** Whose included amount a service uses: deleted rows are written rows. */
function toAllowance(service: Service): Service {
  const price = prices.services[service]
  if (!('allowanceOf' in price)) return service
  return SERVICES.find((other) => other === price.allowanceOf) ?? service
}

export { prices }
